// SPDX-License-Identifier: Apache-2.0
// Which form of each object goes into Caddy's document: the wanted one, or the one that Caddy accepted last.
#pragma once

#include <set>
#include <vector>

#include "model/object.hpp"

namespace argos {

// The objects whose wanted form is not the one that Caddy accepted last, in the order of keys. A row that makes no sense is not one,
// nor a certificate that is not on disk: there is nothing of it to try.
std::vector<Key> changed_objects(const Desired& wanted, const Desired& accepted);

// The ones that are argos' own: the panel's host and what answers for it.
std::set<Key> system_objects(const Desired& wanted);

// The wanted objects, save that those in `left_out`, and those whose rows make no sense, have their accepted form, marked `kept`; a
// left-out one that has none is not there. An accepted certificate of which the files are gone is none. No host that runs is lost by it:
// a host whose left-out group or certificate has no accepted form stays as it was too; a host that is kept keeps its target group, also one that is no longer wanted; and a host that
// is no longer wanted stays where the one that is to have its names, under another name of its own, cannot be had.
Desired choose(const Desired& wanted, const Desired& accepted, const std::set<Key>& left_out);

// The hosts that are without their left-out group or certificate in what is chosen, since no accepted form of theirs is remembered.
std::set<Key> hosts_cut_short(const Desired& wanted, const Desired& accepted, const std::set<Key>& left_out);

}  // namespace argos
