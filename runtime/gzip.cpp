// SPDX-License-Identifier: Apache-2.0
#include "runtime/gzip.hpp"

#include <isa-l/igzip_lib.h>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

constexpr std::size_t kOut = 256U << 10U;

unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));  // ISA-L's interface knows no const
}

std::string_view text_of(const std::vector<unsigned char>& bytes, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes.data()), count};
}

Error corrupt(int code) {
  if (code == ISAL_INCORRECT_CHECKSUM) return {"Corrupt", "gzip: the checksum at its end is not that of what was read"};
  return {"Corrupt", fmt::format("gzip: what was read makes no sense (ISA-L's code {})", code)};
}

}  // namespace

Gzip::Gzip() : level_buffer_(ISAL_DEF_LVL1_DEFAULT), out_(kOut), stream_(std::make_unique<isal_zstream>()) {
  isal_deflate_init(stream_.get());
  stream_->level = 1;
  stream_->level_buf = level_buffer_.data();
  stream_->level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
  stream_->gzip_flag = IGZIP_GZIP;
}

Gzip::~Gzip() = default;

Result<> Gzip::add(std::string_view bytes, const ByteSink& sink) { return deflate(bytes, false, sink); }
Result<> Gzip::finish(const ByteSink& sink) { return deflate({}, true, sink); }

Result<> Gzip::deflate(std::string_view bytes, bool last, const ByteSink& sink) {
  stream_->next_in = bytes_of(bytes);
  stream_->avail_in = static_cast<std::uint32_t>(bytes.size());
  stream_->end_of_stream = last ? 1 : 0;
  do {
    stream_->next_out = out_.data();
    stream_->avail_out = static_cast<std::uint32_t>(out_.size());
    if (const int code = isal_deflate(stream_.get()); code != COMP_OK)
      return Error{"CannotCompress", fmt::format("gzip: ISA-L's code {}", code)};
    const auto made = out_.size() - stream_->avail_out;
    if (made == 0) continue;
    if (auto taken = sink(text_of(out_, made)); !taken) return taken;
  } while (stream_->avail_out == 0);
  return {};
}

Gunzip::Gunzip(Input input) : input_(std::move(input)), out_(kOut), state_(std::make_unique<inflate_state>()) {
  isal_inflate_init(state_.get());
  state_->crc_flag = ISAL_GZIP;
  state_->next_in = nullptr;
  state_->avail_in = 0;
}

Gunzip::~Gunzip() = default;

Result<std::string_view> Gunzip::next() {
  while (!ended_) {
    if (state_->avail_in == 0) {
      const auto more = input_();
      if (!more) return more.error();
      state_->next_in = bytes_of(*more);
      state_->avail_in = static_cast<std::uint32_t>(more->size());
    }
    const bool at_end = state_->avail_in == 0;
    state_->next_out = out_.data();
    state_->avail_out = static_cast<std::uint32_t>(out_.size());
    if (const int code = isal_inflate(state_.get()); code != ISAL_DECOMP_OK && code != ISAL_END_INPUT) return corrupt(code);
    ended_ = state_->block_state == ISAL_BLOCK_FINISH;
    const auto made = out_.size() - state_->avail_out;
    if (ended_) {
      if (auto whole = check_end(); !whole) return whole.error();
    } else if (at_end && made == 0) {
      return Error{"Truncated", "gzip: it ends before it is whole"};
    }
    if (made > 0) return text_of(out_, made);
  }
  return std::string_view{};
}

Result<> Gunzip::check_end() {
  const Error trailing{"TrailingBytes", "there are bytes behind its end"};
  if (state_->avail_in > 0) return trailing;
  const auto more = input_();
  if (!more) return more.error();
  if (!more->empty()) return trailing;
  return {};
}

}  // namespace argos
