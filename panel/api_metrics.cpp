// SPDX-License-Identifier: Apache-2.0
// GET /metrics: Prometheus text, collected anew at each scrape from what is there anyway.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <boost/json.hpp>
#include <openssl/crypto.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "panel/api.hpp"
#include "runtime/backup_rows.hpp"
#include "runtime/files.hpp"
#include "runtime/findings.hpp"
#include "runtime/version.hpp"

namespace argos::api {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

void add(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
}

MetricFamily family_of(std::string name, std::string help, MetricType type) {
  return {std::move(name), std::move(help), type, {}};
}

MetricFamily single(std::string name, std::string help, MetricType type, double value) {
  auto family = family_of(std::move(name), std::move(help), type);
  add(family, {}, value);
  return family;
}

void add_controllers(const PanelContext& context, std::vector<MetricFamily>& out) {
  auto ready = family_of("argos_controller_ready", "1 where the controller's Ready is True", MetricType::Gauge);
  auto total = family_of("argos_reconcile_total", "reconciles by result", MetricType::Counter);
  auto failures = family_of("argos_reconcile_failures_total", "reconciles that failed", MetricType::Counter);
  auto queue = family_of("argos_queue_depth", "keys that wait", MetricType::Gauge);
  for (const auto& controller : context.manager.controllers()) {
    const std::string name(controller->name());
    const auto stats = controller->stats();
    add(ready, {{"controller", name}}, context.conditions.is_true(controller->key(), "Ready") ? 1 : 0);
    add(total, {{"controller", name}, {"result", "success"}}, static_cast<double>(stats.reconciles - stats.failures));
    add(total, {{"controller", name}, {"result", "failure"}}, static_cast<double>(stats.failures));
    add(failures, {{"controller", name}}, static_cast<double>(stats.failures));
    add(queue, {{"controller", name}}, static_cast<double>(stats.queue));
  }
  out.insert(out.end(), {std::move(ready), std::move(total), std::move(failures), std::move(queue)});
}

void add_objects(PanelContext& context, std::vector<MetricFamily>& out) {
  auto not_ready = family_of("argos_objects_not_ready", "objects whose Ready is not True", MetricType::Gauge);
  for (const auto& names : desired_kinds()) {
    add(not_ready, {{"kind", std::string(names.manifest)}}, static_cast<double>(context.conditions.not_ready(names.kind)));
  }
  out.push_back(std::move(not_ready));
  auto objects = family_of("argos_objects", "objects that are wanted", MetricType::Gauge);
  const auto counted = read_store(context, [&](Database& database) -> Result<> {
    for (const auto& names : desired_kinds()) {
      const auto count = database.number("SELECT count(*) FROM " + std::string(names.table));
      if (!count) return count.error();
      add(objects, {{"kind", std::string(names.manifest)}}, static_cast<double>(*count));
    }
    return {};
  });
  if (counted) out.push_back(std::move(objects));  // no database, no claim
}

void add_drift(PanelContext& context, std::vector<MetricFamily>& out) {
  auto open = family_of("argos_drift_findings_open", "differences that are left as they were found", MetricType::Gauge);
  auto total = family_of("argos_drift_findings_total", "differences found, by surface and what was done", MetricType::Counter);
  auto suspended = family_of("argos_suspended", "objects and controllers left alone for hand work", MetricType::Gauge);
  const auto counted = read_store(context, [&](Database& database) -> Result<> {
    const auto now_open = database.number("SELECT count(*) FROM findings WHERE open = 1");
    if (!now_open) return now_open.error();
    const auto held = database.number("SELECT count(*) FROM suspensions");
    if (!held) return held.error();
    const auto totals = database.query("SELECT key, CAST(value AS INTEGER) AS n FROM remembered WHERE key GLOB ?",
                                       cells(std::string(kFindingsTotal) + "*/*"));
    if (!totals) return totals.error();
    add(open, {}, static_cast<double>(*now_open));
    add(suspended, {}, static_cast<double>(*held));
    for (const auto& row : *totals) {
      const auto name = std::string(row.at("key").as_string()).substr(kFindingsTotal.size());
      const auto slash = name.find('/');
      add(total, {{"surface", name.substr(0, slash)}, {"action", name.substr(slash + 1)}},
          static_cast<double>(row.at("n").as_int64()));
    }
    return {};
  });
  if (counted) out.insert(out.end(), {std::move(open), std::move(total), std::move(suspended)});
}

void add_backups(PanelContext& context, std::vector<MetricFamily>& out) {
  auto count = family_of("argos_backups", "archives, by kind and whether they were whole when last read", MetricType::Gauge);
  auto last =
      family_of("argos_backup_last_success_timestamp_seconds", "when the newest good archive was made", MetricType::Gauge);
  auto size = family_of("argos_backup_size_bytes", "of the newest good archive", MetricType::Gauge);
  auto took = family_of("argos_backup_duration_seconds", "of making the newest good archive", MetricType::Gauge);
  const auto counted = read_store(context, [&](Database& database) -> Result<> {
    const auto rows = read_backups(database);
    if (!rows) return rows.error();
    std::map<std::pair<std::string, std::string>, double> by_kind;
    for (const auto& row : *rows) ++by_kind[{enum_text(row.kind), row.verified}];
    for (const auto& [key, number] : by_kind) add(count, {{"kind", key.first}, {"verified", key.second}}, number);
    const auto newest = std::ranges::find_if(*rows, &BackupRow::is_good);
    if (newest == rows->end()) return {};
    constexpr double kMilliseconds = 1000;
    add(last, {}, static_cast<double>(to_milliseconds(newest->created())) / kMilliseconds);
    add(size, {}, static_cast<double>(newest->size_bytes));
    if (newest->took_ms > 0) add(took, {}, static_cast<double>(newest->took_ms) / kMilliseconds);
    return {};
  });
  if (counted) out.insert(out.end(), {std::move(count), std::move(last), std::move(size), std::move(took)});
}

// Nothing is said of a target of which nothing is known.
void add_targets(const PanelContext& context, std::vector<MetricFamily>& out) {
  auto healthy = family_of("argos_target_healthy", "1 where the target is healthy, 0 where it is not", MetricType::Gauge);
  const auto report = context.reports.look("targets", {Kind::target_group, ""});
  if (report.is_null()) return;
  for (const auto& group : report.at("groups").as_array()) {
    for (const auto& target : group.at("targets").as_array()) {
      if (target.at("state").as_string() == "unknown") continue;
      add(healthy,
          {{"group", std::string(group.at("name").as_string())}, {"target", std::string(target.at("target").as_string())}},
          target.at("state").as_string() == "healthy" ? 1 : 0);
    }
  }
  out.push_back(std::move(healthy));
}

// Nothing is said before the first pass.
void add_integrity(const PanelContext& context, std::vector<MetricFamily>& out) {
  const auto* const report = context.reports.find("integrity");
  if (report == nullptr || !report->as_object().contains("checked")) return;
  const auto figure = [&](const char* field) { return report->at(field).to_number<double>(); };
  out.push_back(single("argos_integrity_files", "files that are watched for changes", MetricType::Gauge, figure("files")));
  out.push_back(single("argos_integrity_differences", "files that are not what they should be", MetricType::Gauge,
                       figure("differences")));
}

void add_certificates(const PanelContext& context, std::vector<MetricFamily>& out) {
  auto ends = family_of("argos_certificate_expiry_timestamp_seconds",
                        "when the certificate that visitors are shown ends, in seconds since 1970", MetricType::Gauge);
  const auto shown = context.reports.look("tls", {Kind::host, ""});
  if (!shown.is_array()) return;
  for (const auto& one : shown.get_array()) {
    const auto& certificate = one.as_object();
    if (const auto* const end = certificate.if_contains("notAfterSeconds"); end != nullptr)
      add(ends,
          {{"host", std::string(certificate.at("host").as_string())},
           {"name", std::string(certificate.at("name").as_string())}},
          end->to_number<double>());
  }
  out.push_back(std::move(ends));
}

double open_files() {
  std::error_code ignored;
  return static_cast<double>(std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored), {}));
}

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

void add_process(std::vector<MetricFamily>& out) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  double pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const auto cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  out.push_back(single("process_cpu_seconds_total", "user and system time", MetricType::Counter, cpu));
  out.push_back(single("process_resident_memory_bytes", "resident memory", MetricType::Gauge, resident * page));
  out.push_back(single("process_virtual_memory_bytes", "virtual memory", MetricType::Gauge, pages * page));
  out.push_back(single("process_open_fds", "open file descriptors", MetricType::Gauge, open_files()));
}

void add_crowdsec(PanelContext& context, std::vector<MetricFamily>& out) {
  const auto* const report = context.reports.find("crowdsec");
  if (report == nullptr) return;
  auto decisions = family_of("argos_crowdsec_decisions", "decisions in force in CrowdSec, by origin", MetricType::Gauge);
  for (const auto& origin : report->at("byOrigin").as_object())
    add(decisions, {{"origin", std::string(origin.key())}}, origin.value().to_number<double>());
  out.push_back(std::move(decisions));
}

std::vector<MetricFamily> collect(PanelContext& context) {
  std::vector<MetricFamily> out;
  auto build = family_of("argos_build_info", "always 1", MetricType::Gauge);
  add(build, {{"version", std::string(version())}, {"commit", std::string(git_commit())}}, 1);
  out.push_back(std::move(build));
  add_controllers(context, out);
  add_objects(context, out);
  add_drift(context, out);
  add_backups(context, out);
  add_targets(context, out);
  add_crowdsec(context, out);
  add_integrity(context, out);
  add_certificates(context, out);
  add_process(out);
  return out;
}

// Compared as hashes, in constant time: neither content nor length can be measured.
bool allowed(const Config& config, const Request& request) {
  if (config.metrics_token.empty() || request.peer.on_socket()) return true;
  const auto given = sha256_hex(request.header("authorization"));
  const auto wanted = sha256_hex("Bearer " + config.metrics_token);
  return CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
}

}  // namespace

Task<Answer> metrics(PanelContext& context, const Request& request, const Match&) {
  if (!allowed(context.config, request)) {
    co_return Problem{401,
                      "TokenRequired",
                      "this needs the metrics token",
                      "send Authorization: Bearer with ARGOS_METRICS_TOKEN",
                      {},
                      {{"WWW-Authenticate", "Bearer realm=\"argos metrics\""}}};
  }
  co_return Response{200,
                     {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                     prometheus::TextSerializer().Serialize(collect(context))};
}

}  // namespace argos::api
