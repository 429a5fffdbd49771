// SPDX-License-Identifier: Apache-2.0
// Texts that do not stay in memory, and a process whose memory nobody else reads.
#pragma once

#include <string>
#include <string_view>

namespace argos {

// Overwrites it where the compiler cannot leave that out, and empties it.
void wipe(std::string& text);

// A text that is wiped from memory when it goes. Moved, never copied.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) { argos::wipe(text); }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
    return *this;
  }
  ~Secret() { wipe(); }

  std::string_view text() const { return text_; }

 private:
  void wipe() { argos::wipe(text_); }
  std::string text_;
};

// No core dump is written of this process, and no other of its user may read its memory or its environment; its children write none
// either.
void keep_memory_private();

}  // namespace argos
