// SPDX-License-Identifier: Apache-2.0
// manifests, the certificates in them: texts that lie in other files are read, pairs are judged.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "manifests/manifest.hpp"
#include "runtime/certificate_intake.hpp"

namespace argos {

// What is needed to read a certificate, on a worker.
struct CertificateReader {
  std::filesystem::path folder;  // of the manifests: nothing outside of it is read
  const KeyRing& ring;           // outlives it; never changes
  WallTime now;
};

struct ManifestCertificates {
  std::map<Key, std::shared_ptr<const ReadCertificate>> read;
  std::map<std::string, std::string>
      referred;  // file, relative to the folder -> SHA-256 of its contents; empty: it cannot be read
  bool too_early = false;  // one of them is refused because it is not valid yet
};

// Of the certificates in `parsed` the sound ones become their stored form, with a mark in place of the sealed key (key_mark()); the others
// move to `invalid`, with errors at their lines in `text`.
ManifestCertificates read_certificates(const CertificateReader& reader, std::string_view text, ManifestFile& parsed);

// Whether reading them again would say the same.
bool still_so(const CertificateReader& reader, const ManifestCertificates& certificates);

}  // namespace argos
