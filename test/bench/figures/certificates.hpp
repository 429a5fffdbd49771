// SPDX-License-Identifier: Apache-2.0
// What a thousand certificates cost: from rows to files, a look at all of them, and the loads that their import takes.
#pragma once

namespace argos::bench {

struct CertificateCost {
  int certificates = 0;
  // Milliseconds, each beside its yardstick
  double cold = 0, plain_writes = 0;  // every pair written, on record and linked; a loop that writes and fsyncs the same files
  double scan = 0, sha256sum = 0;  // a pass that finds nothing to do; sha256sum over the same files
  int loads = 0;  // of Caddy's configuration, for the import of all of them in one request
};
CertificateCost measure_certificates();

}  // namespace argos::bench
