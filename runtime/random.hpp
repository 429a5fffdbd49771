// SPDX-License-Identifier: Apache-2.0
// What nobody can guess: from OpenSSL's generator, which takes from the kernel's.
#pragma once

#include <cstddef>
#include <string>

namespace argos {

std::string random_bytes(std::size_t size);
std::string random_hex(std::size_t bytes);  // two digits a byte
// Of the letters and digits that nobody takes for one another: five bits a character.
std::string random_word(std::size_t characters);

}  // namespace argos
