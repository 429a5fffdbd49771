// SPDX-License-Identifier: Apache-2.0
// A folder on which the n-th system call of a program goes wrong, whoever in it makes the call: the test's side of test/faults/.
//
//   FaultyDisk disk(world.folder / "data");
//   world.start_argos(disk.environment());
//   disk.arm(Fault::fail, 17, {.error = ENOSPC});    // the 17th call from now on; Fault::kill: SIGKILL just before it
//   … until what must hold holds …
//   disk.has_struck();   disk.story();               // "fsync /tmp/argos-test-x/data/argos.db-wal"
//
// A sweep ends with the first n that no call came to any more. Programs that are linked to the C library only: not Go's.
#pragma once

#include <map>
#include <string>

#include "test/faults/control.hpp"
#include "test/support/support.hpp"

namespace argos::test {

class FaultyDisk {
 public:
  explicit FaultyDisk(const std::string& folder);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // What the program must be started with.
  std::map<std::string, std::string> environment() const;

  struct Harm {
    int error = 5;  // EIO
    int times = 1;  // this call and those after it
    std::string only = {};  // "rename /data/x*": no other calls are counted
  };
  static constexpr int kForever = 1 << 30;
  // From now on: the nth call, counted from 1.
  void arm(Fault fault, int nth, Harm harm);
  void arm(Fault fault, int nth) { arm(fault, nth, Harm{}); }
  void disarm() { arm(Fault::none, 0); }

  int calls() const;
  bool has_struck() const;
  std::string story() const;  // the call that was struck first; empty

 private:
  TempFolder own_;
  FaultControl* shared_;
};

const char* to_string(Fault fault);

}  // namespace argos::test
