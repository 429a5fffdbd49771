// SPDX-License-Identifier: Apache-2.0
#include "runtime/config.hpp"

#include "test/support/support.hpp"

namespace argos {
namespace {

using testing::HasSubstr;

Config read(const Environment& environment) {
  auto config = read_config(environment);
  EXPECT_TRUE(config) << config.error().text();
  return config ? *config : Config{};
}
std::string error_of(const Environment& environment) {
  const auto config = read_config(environment);
  return config ? "no error" : config.error().text();
}

TEST(Config, DefaultsAreTheContracts) {
  const auto config = read({});
  EXPECT_EQ(config.db_path, "/data/argos.db");
  EXPECT_EQ(config.backup_dir, "/data/backups");
  EXPECT_EQ(config.manual_certs_dir, "/data/manual-certs");
  EXPECT_EQ(config.caddy_manual_certs_dir, "/data/manual-certs");
  EXPECT_EQ(config.caddy_data_dir, "/data/caddy");
  EXPECT_EQ(config.caddy_admin.text(), "http://localhost:2019");
  EXPECT_EQ(config.caddy_tls_addr, "localhost:443");
  EXPECT_EQ(config.caddy_access_log, "/var/log/caddy/access.log");
  EXPECT_EQ(config.listen.port, 8080);
  EXPECT_EQ(config.panel_upstream.host, "127.0.0.1");
  EXPECT_EQ(config.panel_upstream.port, 8080);
  EXPECT_EQ(config.max_upload, 2ULL << 30U);
  EXPECT_TRUE(config.warnings.empty());
}

TEST(Config, PathsFollowTheDataFolderUnlessNamed) {
  const auto config = read({{"ARGOS_DATA_DIR", "/srv/argos"}, {"ARGOS_BACKUP_DIR", "/mnt/nfs"}});
  EXPECT_EQ(config.db_path, "/srv/argos/argos.db");
  EXPECT_EQ(config.backup_dir, "/mnt/nfs");
}

TEST(Config, AFileGivesTheValueLessItsTrailingNewline) {
  const test::TempFolder folder;
  const auto config = read({{"ARGOS_METRICS_TOKEN_FILE", folder.write("token", "secret\n")}});
  EXPECT_EQ(config.metrics_token, "secret");
}

TEST(Config, AVariableAndItsFileTogetherAreRefused) {
  const test::TempFolder folder;
  const auto file = folder.write("token", "secret");
  EXPECT_THAT(error_of({{"ARGOS_METRICS_TOKEN", "other"}, {"ARGOS_METRICS_TOKEN_FILE", file}}),
              HasSubstr("ARGOS_METRICS_TOKEN and its _FILE form are both set"));
}

TEST(Config, AMissingFileNamesTheVariable) {
  EXPECT_THAT(error_of({{"ARGOS_SESSION_SECRET_FILE", "/no/such/file"}}), HasSubstr("ARGOS_SESSION_SECRET"));
}

TEST(Config, EachMalformedValueNamesItsVariable) {
  for (const auto& [name, value] : Environment{{"ARGOS_HTTP_PORT", "0"},
                                               {"ARGOS_HTTPS_PORT", "65536"},
                                               {"ARGOS_LISTEN", "8080"},
                                               {"ARGOS_CADDY_ADMIN", "localhost"},
                                               {"ARGOS_LOG_LEVEL", "loud"},
                                               {"ARGOS_LOG_FORMAT", "xml"},
                                               {"ARGOS_PANEL_MODE", "wan"},
                                               {"ARGOS_MAX_UPLOAD", "2 apples"},
                                               {"ARGOS_TRUSTED_PROXIES", "127.0.0.1, caddy"},
                                               {"ARGOS_SESSION_SECRET", "short"},
                                               {"ARGOS_ACME_CA_URL", "not a url"},
                                               {"CROWDSEC_LAPI_URL", "ftp://x"},
                                               {"ARGOS_MASTER_KEY_PREVIOUS", "xyz"},
                                               {"ARGOS_PANEL_UPSTREAM", "argos"},
                                               {"ARGOS_CADDY_TLS_ADDR", "caddy"}}) {
    EXPECT_THAT(error_of({{name, value}}), HasSubstr(name)) << value;
  }
}

TEST(Config, NoErrorAndNoTableShowsASecret) {
  const std::string secret = "hunter2hunter2hunter2hunter2";
  EXPECT_THAT(error_of({{"ARGOS_SESSION_SECRET", secret}}), testing::Not(HasSubstr(secret)));
  EXPECT_THAT(error_of({{"ARGOS_MASTER_KEY_PREVIOUS", secret}}), testing::Not(HasSubstr(secret)));
  const Environment environment{{"ARGOS_METRICS_TOKEN", secret},
                                {"ARGOS_INITIAL_ADMIN_PASSWORD", secret},
                                {"CROWDSEC_BOUNCER_API_KEY", secret},
                                {"ARGOS_MASTER_KEY", std::string(64, 'a')}};
  for (const auto& row : describe_config(read(environment), environment)) {
    EXPECT_NE(row.value, secret) << row.name;
    EXPECT_NE(row.value, std::string(64, 'a')) << row.name;
  }
}

TEST(Config, SecretsAreForgottenInTheEnvironmentAndNothingElse) {
  const std::vector<std::string> secret{"ARGOS_MASTER_KEY",    "ARGOS_MASTER_KEY_PREVIOUS",    "ARGOS_SESSION_SECRET",
                                        "ARGOS_METRICS_TOKEN", "ARGOS_INITIAL_ADMIN_PASSWORD", "CROWDSEC_BOUNCER_API_KEY"};
  const std::vector<std::string> open{"ARGOS_LISTEN", "ARGOS_MASTER_KEY_FILE", "ARGOS_INITIAL_ADMIN_USER", "OTHER"};
  for (const auto& name : secret) ::setenv(name.c_str(), "hunter2", 1);
  for (const auto& name : open) ::setenv(name.c_str(), "shown", 1);
  auto environment = process_environment();
  const auto* const bytes = ::getenv("ARGOS_MASTER_KEY");
  forget_secrets(environment);
  EXPECT_EQ(std::string(bytes, 7), std::string(7, '\0'));
  for (const auto& now : {environment, process_environment()}) {
    for (const auto& name : secret) EXPECT_EQ(now.at(name), "") << name;
    for (const auto& name : open) EXPECT_EQ(now.at(name), "shown") << name;
  }
  for (const auto& names : {secret, open}) {
    for (const auto& name : names) ::unsetenv(name.c_str());
  }
}

TEST(Config, AMalformedMasterKeyIsAWarningAndArgosBoots) {
  const auto config = read({{"ARGOS_MASTER_KEY", "abc"}});
  EXPECT_TRUE(config.master_key.empty());
  ASSERT_EQ(config.warnings.size(), 1U);
  EXPECT_THAT(config.warnings.front(), HasSubstr("ARGOS_MASTER_KEY"));
}

TEST(Config, AnUnknownVariableIsAWarningThatNamesTheNearest) {
  const auto config = read({{"ARGOS_MANIFEST_DIR", "/x"}});
  ASSERT_EQ(config.warnings.size(), 1U);
  EXPECT_THAT(config.warnings.front(), HasSubstr("did you mean ARGOS_MANIFESTS_DIR?"));
}

TEST(Config, BehindCaddyNeedsADomain) {
  EXPECT_THAT(error_of({{"ARGOS_PANEL_MODE", "behind_caddy"}}), HasSubstr("ARGOS_PANEL_DOMAIN"));
  EXPECT_EQ(read({{"ARGOS_PANEL_MODE", "behind_caddy"}, {"ARGOS_PANEL_DOMAIN", "panel.example.com"}}).panel_mode,
            "behind_caddy");
}

TEST(Config, ThePanelsDomainIsOneAsDnsSeesIt) {
  EXPECT_EQ(read({{"ARGOS_PANEL_DOMAIN", "Panel.Bücher.example."}}).panel_domain, "panel.xn--bcher-kva.example");
  for (const auto* const wrong : {"*.example.com", "https://panel.example.com", "panel example", "a..b"})
    EXPECT_THAT(error_of({{"ARGOS_PANEL_DOMAIN", wrong}}), HasSubstr("ARGOS_PANEL_DOMAIN '")) << wrong;
}

TEST(Config, ThePanelsUpstreamIsAHostAndAPort) {
  const auto upstream = read({{"ARGOS_PANEL_UPSTREAM", "argos:8080"}}).panel_upstream;
  EXPECT_EQ(upstream.host + "|" + std::to_string(upstream.port), "argos|8080");
  EXPECT_EQ(read({{"ARGOS_PANEL_UPSTREAM", "[::1]:9000"}}).panel_upstream.host, "::1");
  for (const auto* const wrong : {"argos", ":8080", "argos:0", "ar gos:8080", "http://argos:8080"})
    EXPECT_THAT(error_of({{"ARGOS_PANEL_UPSTREAM", wrong}}), HasSubstr("ARGOS_PANEL_UPSTREAM")) << wrong;
}

TEST(Config, AnUpstreamThatIsNotWhereArgosListensIsAWarning) {
  Environment environment{{"ARGOS_PANEL_MODE", "behind_caddy"}, {"ARGOS_PANEL_DOMAIN", "panel.test"}};
  EXPECT_TRUE(read(environment).warnings.empty());
  environment["ARGOS_LISTEN"] = "127.0.0.1:9000";
  ASSERT_EQ(read(environment).warnings.size(), 1U);
  EXPECT_THAT(read(environment).warnings.front(), HasSubstr("ARGOS_PANEL_UPSTREAM is 127.0.0.1:8080"));
  environment["ARGOS_PANEL_UPSTREAM"] = "argos:8080";
  EXPECT_TRUE(read(environment).warnings.empty()) << "another container's port";
}

TEST(Config, ListenTakesEveryUsualForm) {
  EXPECT_EQ(read({{"ARGOS_LISTEN", "127.0.0.1:0"}}).listen.port, 0);
  EXPECT_EQ(read({{"ARGOS_LISTEN", "[::1]:9000"}}).listen.host, "::1");
  EXPECT_EQ(read({{"ARGOS_LISTEN", ":9000"}}).listen.host, "");
}

TEST(Config, SizesMayHaveUnits) {
  EXPECT_EQ(read({{"ARGOS_MAX_UPLOAD", "500MiB"}}).max_upload, 500ULL << 20U);
  EXPECT_EQ(read({{"ARGOS_MAX_UPLOAD", "1048576"}}).max_upload, 1ULL << 20U);
}

TEST(Config, EveryVariableSaysWhereItsValueCameFrom) {
  const test::TempFolder folder;
  const Environment environment{{"ARGOS_LISTEN", ":9000"}, {"ARGOS_METRICS_TOKEN_FILE", folder.write("t", "x")}};
  for (const auto& row : describe_config(read(environment), environment)) {
    const char* wanted = row.name == "ARGOS_LISTEN" ? "environment" : row.name == "ARGOS_METRICS_TOKEN" ? "file" : "default";
    EXPECT_EQ(row.source, wanted) << row.name;
  }
}

}  // namespace
}  // namespace argos
