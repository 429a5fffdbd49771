// SPDX-License-Identifier: Apache-2.0
#include "runtime/secret.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>

namespace argos {

void wipe(std::string& text) {
  text.resize(text.capacity());  // what it held before it became shorter, too
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

void keep_memory_private() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace argos
