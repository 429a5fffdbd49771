// SPDX-License-Identifier: Apache-2.0
#include "controllers/manifest_certificates.hpp"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

#include "runtime/files.hpp"

namespace argos {
namespace fs = std::filesystem;
namespace {

// One text, by its file's path within the folder. Never a file outside of it, also not by a link.
Result<std::string> read_referred(const CertificateReader& reader, const fs::path& file) {
  std::error_code failed;
  const auto root = fs::canonical(reader.folder, failed);
  const auto real = failed ? fs::path() : fs::canonical(reader.folder / file, failed);
  if (failed) return Error{"CannotRead", fmt::format("{} cannot be read: {}", file.string(), failed.message())};
  const auto outside = std::ranges::mismatch(root, real).in1 != root.end();
  if (file.is_absolute() || outside) {
    return Error{"OutsideFolder", fmt::format("{} lies outside the manifests folder", file.string()),
                 "put the file into the folder, and name it relative to the manifest"};
  }
  if (!fs::is_regular_file(real, failed)) return Error{"CannotRead", fmt::format("{} is no file", file.string())};
  auto text = read_file(real, kLargestPem);
  if (!text && text.error().reason == "TooLarge")
    return Error{"TooLarge", fmt::format("{} is larger than {} bytes", file.string(), kLargestPem),
                 "one certificate or key a file"};
  return text;
}

class OneFile {
 public:
  OneFile(const CertificateReader& reader, std::string_view text, ManifestFile& parsed)
      : reader_(reader), text_(text), parsed_(parsed) {}

  ManifestCertificates take() {
    std::erase_if(parsed_.objects, [this](ManifestObject& object) {
      auto* const sent = std::get_if<CertificateInput>(&object.spec);
      if (sent == nullptr || read(object, *sent)) return false;
      parsed_.invalid.push_back(object.key);
      return true;
    });
    std::ranges::stable_sort(parsed_.errors, {}, &ManifestError::at);
    return std::move(out_);
  }

 private:
  bool read(ManifestObject& object, CertificateInput sent) {
    FieldErrors errors;
    for (const auto& text : kCertificateTexts) take_file(sent.*text.file, sent.*text.text, text.file_path(), errors);
    auto read = errors.empty() ? read_certificate(reader_.ring, object.key.name, sent, reader_.now, errors) : std::nullopt;
    wipe(sent.key);
    for (auto& error : errors) report(object, std::move(error));
    if (!read) return false;
    object.spec = Certificate{read->host, read->leaf, read->chain, read->key_mark};
    out_.read[object.key] = std::make_shared<const ReadCertificate>(std::move(*read));
    return true;
  }

  void take_file(const std::string& named, std::string& into, const std::string& field, FieldErrors& errors) {
    if (named.empty()) return;
    const auto file =
        fs::path(named).is_absolute() ? fs::path(named) : (fs::path(parsed_.file).parent_path() / named).lexically_normal();
    auto text = read_referred(reader_, file);
    out_.referred[file.string()] = text ? sha256_hex(*text) : std::string();
    if (text) {
      into = std::move(*text);
    } else {
      errors.push_back({field, text.error().reason, text.error().message, text.error().hint});
    }
  }

  void report(const ManifestObject& object, FieldError error) {
    out_.too_early = out_.too_early || error.reason == "NotYetValid";
    error.path = written_at(std::get<CertificateInput>(object.spec), error.path);
    parsed_.errors.push_back({object.file, place_in_manifest(text_, object.at, error.path), error.reason,
                              error.path + ": " + error.message, error.hint});
  }

  const CertificateReader& reader_;
  std::string_view text_;
  ManifestFile& parsed_;
  ManifestCertificates out_;
};

}  // namespace

ManifestCertificates read_certificates(const CertificateReader& reader, std::string_view text, ManifestFile& parsed) {
  return OneFile(reader, text, parsed).take();
}

bool still_so(const CertificateReader& reader, const ManifestCertificates& certificates) {
  return !certificates.too_early && std::ranges::all_of(certificates.referred, [&](const auto& one) {
    const auto text = read_referred(reader, one.first);
    return (text ? sha256_hex(*text) : std::string()) == one.second;
  });
}

}  // namespace argos
