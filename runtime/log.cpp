// SPDX-License-Identifier: Apache-2.0
#include "runtime/log.hpp"

#include <memory>

#include <boost/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "model/condition.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

// spdlog's patterns do not escape the message.
class JsonLines final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto level = spdlog::level::to_string_view(message.level);
    const boost::json::object line{{"time", to_rfc3339(message.time)},
                                   {"level", boost::json::string_view(level.data(), level.size())},
                                   {"message", boost::json::string_view(message.payload.data(), message.payload.size())}};
    const auto text = boost::json::serialize(line) + "\n";
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLines>(); }
};

// Whatever a message quotes, it is one line and moves no terminal's cursor.
class OneLine final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const auto text = shown({message.payload.data(), message.payload.size()}, message.payload.size());
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<OneLine>(); }
};

std::unique_ptr<spdlog::formatter> text_lines() {
  auto out = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  out->add_flag<OneLine>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %*");
  return out;
}

}  // namespace

void set_up_log(const std::string& level, const std::string& format) {
  auto logger = std::make_shared<spdlog::logger>("argos", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (format == "json") {
    logger->set_formatter(std::make_unique<JsonLines>());
  } else {
    logger->set_formatter(text_lines());
  }
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace argos
