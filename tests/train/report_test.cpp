// The report: what it shows of a run, and that nothing in a run can break out of its page.
#include <doctest/doctest.h>

#include <regex>
#include <set>
#include <sstream>

#include "tests/support/data_fixtures.h"
#include "tests/support/report_fixtures.h"
#include "train/report/page.h"

using namespace pare;

namespace {

int count(const std::string& text, const std::string& word) {
  int found = 0;
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++found;
  return found;
}

// The JSON that a browser would read out of the page.
Json data_in(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const size_t start = page.find(open) + open.size();
  return parse_json(page.substr(start, page.find("</script>", start) - start), "data");
}

int epochs_with_channels(const Json& run) {
  int found = 0;
  for (const Json& epoch : run.find("epochs")->items())
    found += epoch.find("layers")->items()[0].find("channel_bits") != nullptr ? 1 : 0;
  return found;
}

}  // namespace

TEST_CASE("report: the page holds what the run left, and needs no network") {
  const ExampleRun run("one", "quick", 3);
  const std::string page = report_page({run.path()});
  const Json data = data_in(page);
  REQUIRE(data.items().size() == 1);
  CHECK(data.items()[0] == run_data(run.path()));
  CHECK(data.items()[0].find("summary")->find("model_bytes")->integer() == 4000);
  CHECK(data.items()[0].find("epochs")->items().size() == 3);
  CHECK(data.items()[0].find("evaluation")->find("classes")->items().size() == 2);
  CHECK(data.items()[0].find("kinds")->find("accuracy")->find("share")->boolean());
  CHECK(data.items()[0].find("config")->find("name")->string() == "quick");
  CHECK(page.find("/*page.") == std::string::npos);
  CHECK(page.find("src=") == std::string::npos);
  CHECK(page.find("https:") == std::string::npos);
}

TEST_CASE("report: the page's scripts share one scope and declare no name twice") {
  const ExampleRun run("one", "quick", 1);
  std::istringstream page(report_page({run.path()}));
  std::set<std::string> names;
  const std::regex declaration("(?:const|let|function) ([A-Za-z_0-9]+).*");
  for (std::string line; std::getline(page, line);)
    if (std::smatch found; std::regex_match(line, found, declaration))
      CHECK_MESSAGE(names.insert(found[1]).second, found[1].str(), " is declared twice");
  CHECK(names.size() > 20);
}

TEST_CASE("report: hostile names stay text") {
  const std::string name =
      "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\"'&/*page.js*/";
  const ExampleRun tame("tame", "quick", 2), hostile("hostile", name, 2);
  const std::string page = report_page({hostile.path()});
  CHECK(count(page, "<script") == count(report_page({tame.path()}), "<script"));
  CHECK(count(page, "</script") == count(report_page({tame.path()}), "</script"));
  CHECK(count(page, "<img") == 0);
  CHECK(data_in(page).items()[0].find("summary")->find("name")->string() == name);
}

TEST_CASE("report: several runs come in the order they were named") {
  const ExampleRun first("first", "b", 2), second("second", "a", 4);
  const Json data = data_in(report_page({first.path(), second.path()}));
  REQUIRE(data.items().size() == 2);
  CHECK(data.items()[0].find("directory")->string() == first.path());
  CHECK(data.items()[1].find("epochs")->items().size() == 4);
}

TEST_CASE("report: a run that is still writing") {
  const ExampleRun run("unfinished", "quick", 2);
  run.remove("summary.json");
  run.append("metrics.jsonl", "{\"epoch\":3,\"st");
  const Json data = run_data(run.path());
  CHECK(data.find("summary")->is_null());
  CHECK(data.find("epochs")->items().size() == 2);
}

TEST_CASE("report: a long run keeps the channels of few epochs, the first and the last among them") {
  const ExampleRun run("long", "quick", 300);
  const Json data = run_data(run.path());
  CHECK(data.find("epochs")->items().size() == 300);
  CHECK(epochs_with_channels(data) > 60);
  CHECK(epochs_with_channels(data) <= 81);
  for (const size_t epoch : {0, 299})
    CHECK(data.find("epochs")->items()[epoch].find("layers")->items()[0].find("channel_bits") != nullptr);
}

TEST_CASE("report: what is not a run is said so") {
  const ExampleRun run("broken", "quick", 1);
  run.append("metrics.jsonl", "{\"epoch\":}\n");
  CHECK_THROWS_WITH_AS(run_data(run.path() + "/nowhere"), doctest::Contains("no metrics.jsonl"), Error);
  CHECK_THROWS_WITH_AS(run_data(run.path()), doctest::Contains("metrics.jsonl (line 2)"), Error);
  const ExampleRun level("level", "quick", 1);  // as a lottery leaves them
  level.append("metrics.jsonl", "{\"iteration\":100,\"validation_loss\":0.5}\n");
  CHECK_THROWS_WITH_AS(run_data(level.path()), doctest::Contains("not a run's epochs"), Error);
}

TEST_CASE("report: a lottery's directory gives its levels, a directory of results all of them by name") {
  const ExampleLottery lottery("many/tickets", 4, 2);
  const ExampleRun second("many/b", "b", 2), first("many/a", "a", 3);
  const Json levels = lottery_data(lottery.path());
  CHECK(levels.find("levels")->items().size() == 2 * (5 + 1));
  CHECK(levels.find("config")->find("name")->string() == "many/tickets");
  const std::string many = std::filesystem::path(first.path()).parent_path().string();
  const Json data = data_in(report_page({many}));
  REQUIRE(data.items().size() == 3);
  CHECK(data.items()[0].find("directory")->string() == first.path());
  CHECK(data.items()[1].find("directory")->string() == second.path());
  CHECK(data.items()[2] == levels);
  CHECK(report_directories(first.path()) == std::vector<std::string>{first.path()});
  CHECK_THROWS_WITH_AS(report_page({many + "/nowhere"}), doctest::Contains("no metrics.jsonl"), Error);
}

TEST_CASE("report: a run that cannot be read costs its own part of the page, not the others'") {
  const ExampleRun good("several/good", "good", 2), bad("several/bad", "bad", 2);
  bad.remove("summary.json");
  bad.append("summary.json", "{\"test_accuracy\": ");
  const std::string several = std::filesystem::path(good.path()).parent_path().string();
  std::vector<std::string> faults;
  const Json data = data_in(report_page({several}, &faults));
  REQUIRE(data.items().size() == 1);
  CHECK(data.items()[0].find("directory")->string() == good.path());
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], bad.path() + "/summary.json"));
  CHECK_THROWS_AS(report_page({several}), Error);
  CHECK_THROWS_AS(report_page({bad.path()}, &faults), Error);  // nothing is left
}
