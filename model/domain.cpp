// SPDX-License-Identifier: Apache-2.0
// Names and addresses: domains in their ASCII form, hosts of targets.
#include <arpa/inet.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <memory>

#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"
#include "model/validate.hpp"

namespace argos {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

Error invalid(std::string message, std::string hint = {}) {
  return {"Invalid", std::move(message), std::move(hint), Retry::never};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// The address as the system prints it, where it is one.
std::optional<std::string> canonical_ip(int family, std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN) return std::nullopt;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> printed{};
  if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
  return inet_ntop(family, bytes.data(), printed.data(), printed.size());
}

std::optional<std::string> canonical_ip(std::string_view text) {
  if (text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return std::nullopt;  // most names, at once
  auto v4 = canonical_ip(AF_INET, text);
  return v4 ? v4 : canonical_ip(AF_INET6, text);
}

// What people write besides the name, told by a character that no name has.
std::optional<Error> more_than_a_name(std::string_view text, std::string_view example) {
  const auto name_only = fmt::format("write only the name, such as {}", example);
  if (text.find("://") != std::string_view::npos) return invalid(fmt::format("'{}' is a URL", shown(text)), name_only);
  if (text.find_first_of("{}") != std::string_view::npos) {
    return invalid(fmt::format("'{}' has a placeholder", shown(text)), "placeholders do not work here; " + name_only);
  }
  if (std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7F; })) {
    return invalid(fmt::format("'{}' has a space or a control character in it", shown(text)), name_only);
  }
  if (text.find('/') != std::string_view::npos) return invalid(fmt::format("'{}' has a path", shown(text)), name_only);
  if (text.find('@') != std::string_view::npos) return invalid(fmt::format("'{}' is not a name", shown(text)), name_only);
  return std::nullopt;
}

bool has_port(std::string_view text) {
  const auto colon = text.rfind(':');
  return colon != std::string_view::npos && colon + 1 < text.size() && std::ranges::all_of(text.substr(colon + 1), is_digit);
}

std::optional<Error> bad_label(std::string_view label) {
  if (label.empty()) return invalid("has an empty label (two dots in a row, or a dot at the start)");
  if (label.size() > kLongestLabel) {
    return invalid(
        fmt::format("the label '{}' has {} characters; a label has at most {}", shown(label, 20), label.size(), kLongestLabel));
  }
  for (const char c : label) {
    if (!is_lower(c) && !is_digit(c) && c != '-' && c != '_') {
      return invalid(fmt::format("'{}' has '{}' in it, which no name has", shown(label), shown(std::string_view(&c, 1))),
                     "use letters, digits, '-' and '.'");
    }
  }
  if (label.front() == '-' || label.back() == '-') return invalid(fmt::format("the label '{}' starts or ends with '-'", label));
  return std::nullopt;
}

// A name in lower-case ASCII without the dot at its end.
std::optional<Error> bad_name(std::string_view name) {
  if (name.size() > kLongestName) {
    return invalid(fmt::format("has {} characters; a domain name has at most {}", name.size(), kLongestName));
  }
  std::string_view rest = name;
  std::string_view label;
  for (bool more = true; more;) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (auto bad = bad_label(label)) return bad;
    more = dot != std::string_view::npos;
    if (more) rest.remove_prefix(dot + 1);
  }
  if (std::ranges::all_of(label, is_digit)) {
    return invalid(fmt::format("'{}' ends in a number: it is neither a name nor a whole IP address", shown(name)));
  }
  return std::nullopt;
}

std::string_view without_final_dot(std::string_view name) {
  if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// UTS 46 (non-transitional) and IDNA 2008. Names in plain ASCII without A-labels are only lowered: IDNA would refuse the
// underscores and the double hyphens that DNS has always allowed.
Result<std::string> to_ascii(std::string_view name) {
  const bool ascii = std::ranges::all_of(name, [](unsigned char c) { return c < 0x80; });
  std::string lowered = lower(name);
  if (ascii && !lowered.starts_with("xn--") && lowered.find(".xn--") == std::string::npos) return lowered;
  char* raw = nullptr;
  const int code = idn2_to_ascii_8z(lowered.c_str(), &raw, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<char, void (*)(void*)> held(raw, idn2_free);
  if (code == IDN2_OK) return std::string(raw);
  return invalid(fmt::format("'{}' is not an international domain name: {}", shown(name), idn2_strerror(code)));
}

constexpr std::string_view kDomainExample = "app.example.com";

Result<std::string> ascii_name(std::string_view name, std::string_view whole) {
  if (name.empty()) return invalid(fmt::format("'{}' is not a domain name", shown(whole)), "write a name after the '*.'");
  if (name.find('*') != std::string_view::npos) {
    return invalid(fmt::format("'{}' has a wildcard in the wrong place", shown(whole)),
                   "only the whole first label may be one: *.example.com");
  }
  auto ascii = to_ascii(without_final_dot(name));
  if (!ascii) return ascii;
  if (canonical_ip(*ascii)) {
    return invalid(fmt::format("'{}' is an IP address, not a domain name", shown(whole)),
                   "visitors' requests are told apart by name; use one");
  }
  if (auto bad = bad_name(*ascii)) return *bad;
  return ascii;
}

}  // namespace

Result<std::string> ascii_domain(std::string_view domain) {
  if (domain.empty()) return invalid("is empty", fmt::format("write a name, such as {}", kDomainExample));
  if (!is_utf8(domain)) return invalid(fmt::format("'{}' is not UTF-8", shown(domain)));
  if (const auto length = count_characters(domain); length > kLongestName + 1) {
    return invalid(
        fmt::format("'{}' has {} characters; a domain name has at most {}", shown(domain, 30), length, kLongestName));
  }
  if (auto bad = more_than_a_name(domain, kDomainExample)) return *bad;
  const bool bracketed = domain.front() == '[';
  if (bracketed || canonical_ip(domain)) {
    return invalid(fmt::format("'{}' is an IP address, not a domain name", shown(domain)),
                   "visitors' requests are told apart by name; use one");
  }
  if (has_port(domain)) {
    return invalid(fmt::format("'{}' has a port", shown(domain)),
                   fmt::format("write only the name, such as {}", kDomainExample));
  }
  const bool wildcard = domain == "*" || domain.starts_with("*.");
  auto ascii = ascii_name(wildcard ? domain.substr(std::min<std::size_t>(2, domain.size())) : domain, domain);
  if (!ascii || !wildcard) return ascii;
  if (ascii->size() + 2 > kLongestName) {
    return invalid(fmt::format("has {} characters; a domain name has at most {}", ascii->size() + 2, kLongestName));
  }
  return "*." + *ascii;
}

Result<std::string> target_host(std::string_view host) {
  constexpr std::string_view kExamples = "app.lan, 192.0.2.7 or 2001:db8::7";
  if (host.empty()) return invalid("is empty", fmt::format("write a name or an address, such as {}", kExamples));
  if (!is_utf8(host)) return invalid(fmt::format("'{}' is not UTF-8", shown(host)));
  if (auto bad = more_than_a_name(host, kExamples)) return *bad;
  if (host.front() == '[') {
    const auto inner = host.substr(1, host.find(']') - 1);
    return invalid(fmt::format("'{}' has brackets", shown(host)), fmt::format("write {}", shown(inner)));
  }
  if (auto ip = canonical_ip(host)) return *ip;
  if (std::ranges::count(host, ':') > 1) return invalid(fmt::format("'{}' is not an IPv6 address", shown(host)));
  if (has_port(host)) {
    return invalid(fmt::format("'{}' has a port", shown(host)),
                   fmt::format("write host: {} and port: {}", shown(host.substr(0, host.find(':'))),
                               shown(host.substr(host.find(':') + 1))));
  }
  if (std::ranges::any_of(host, [](unsigned char c) { return c >= 0x80; })) {
    const auto ascii = ascii_domain(host);
    return invalid(fmt::format("'{}' has letters outside ASCII", shown(host)), ascii ? "write " + *ascii : "");
  }
  const std::string lowered = lower(without_final_dot(host));
  if (auto bad = bad_name(lowered)) return *bad;
  return lowered;
}

std::string host_and_port(std::string_view host, int port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace argos
