// SPDX-License-Identifier: Apache-2.0
// A disk of so many KiB on a folder, for what happens when it is full; only root can have one.
#pragma once

#include <string>

namespace argos::test {

class SmallDisk {
 public:
  SmallDisk(std::string folder, int kib);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  void grow(int kib) const;

 private:
  std::string folder_;
  bool mounted_;
};

}  // namespace argos::test
