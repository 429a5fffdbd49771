// SPDX-License-Identifier: Apache-2.0
#include "test/support/small_disk.hpp"

#include <sys/mount.h>

namespace argos::test {

SmallDisk::SmallDisk(std::string folder, int kib)
    : folder_(std::move(folder)),
      mounted_(::mount("tmpfs", folder_.c_str(), "tmpfs", 0, ("size=" + std::to_string(kib) + "k").c_str()) == 0) {}

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
}

void SmallDisk::grow(int kib) const {
  ::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + std::to_string(kib) + "k").c_str());
}

}  // namespace argos::test
