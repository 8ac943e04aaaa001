// The report as a browser shows it. Wants Chromium, Node.js, and `npm ci` done in tests/browser.
#include <doctest/doctest.h>

#include <cstdlib>

#include "framework/files/file.h"
#include "tests/support/report_fixtures.h"
#include "train/report/page.h"

using namespace pare;

namespace {

int look_at(const std::string& page, int runs, const std::string& with = "report.mjs") {
  const std::string script = PARE_SOURCE_DIR "/tests/browser/" + with;
  return std::system(text("node '", script, "' '", page, "' ", runs).c_str());
}

}  // namespace

TEST_SUITE_BEGIN("peers");

TEST_CASE("report: headless Chromium draws every chart, without errors, on a phone too") {
  REQUIRE_MESSAGE(std::filesystem::exists(PARE_SOURCE_DIR "/tests/browser/node_modules/playwright-core"),
                  "do `npm ci` in tests/browser first");
  const ExampleRun one("a", "quick", 8),
      hostile("b", "</script><img src=x onerror=alert(2)>" + std::string(90, 'x'), 3),
      running("c", "running", 5);
  running.remove("summary.json");
  running.remove("config.json");
  const std::string page = one.path() + "/report.html";
  write_file_atomically(page, report_page({one.path()}));
  CHECK(look_at(page, 1) == 0);
  write_file_atomically(page, report_page({one.path(), hostile.path(), running.path()}));
  CHECK(look_at(page, 3) == 0);
}

TEST_CASE("report: headless Chromium draws a lottery's figures, and saves one as a file") {
  const ExampleRun home("home", "home", 1);  // a place for pages
  const ExampleLottery lottery("tickets"), started("started", 0, 1);
  const std::string page = home.path() + "/report.html";
  write_file_atomically(page, report_page({lottery.path()}));
  CHECK(look_at(page, 1, "lottery.mjs") == 0);
  write_file_atomically(page, report_page({lottery.path(), started.path(), home.path()}));
  CHECK(look_at(page, 2, "lottery.mjs") == 0);
}

TEST_SUITE_END();
