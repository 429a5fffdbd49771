// SPDX-License-Identifier: Apache-2.0
// gzip by ISA-L, as a stream: RFC 1952, one member, its CRC and length checked.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "model/error.hpp"

struct isal_zstream;
struct inflate_state;

namespace argos {

using ByteSink = std::function<Result<>(std::string_view)>;

class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  Result<> add(std::string_view bytes, const ByteSink& sink);
  Result<> finish(const ByteSink& sink);

 private:
  Result<> deflate(std::string_view bytes, bool last, const ByteSink& sink);

  std::vector<unsigned char> level_buffer_, out_;
  std::unique_ptr<isal_zstream> stream_;
};

class Gunzip {
 public:
  // The next compressed bytes, valid until the next call; empty at the end.
  using Input = std::function<Result<std::string_view>()>;

  explicit Gunzip(Input input);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // What comes next, valid until the next call; empty at the end of a stream that was whole. Errors: those of the input, Truncated,
  // Corrupt, TrailingBytes.
  Result<std::string_view> next();

 private:
  Result<> check_end();

  Input input_;
  std::vector<unsigned char> out_;
  std::unique_ptr<inflate_state> state_;
  bool ended_ = false;
};

}  // namespace argos
