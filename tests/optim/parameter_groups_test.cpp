#include "optim/parameter_groups.h"

#include <doctest/doctest.h>

#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

struct Net {
  Parameter weight{"0.conv2d.weight", ParameterTag::Weight, {}, {}, {}};
  Parameter bits{"0.conv2d.weight.bits", ParameterTag::Bits, {}, {}, {}};
  Parameter bias{"0.conv2d.bias", ParameterTag::Bias, {}, {}, {}};
  Parameter head{"head.weight", ParameterTag::Weight, {}, {}, {}};
  Parameter mean{"1.batch_norm.mean", ParameterTag::Statistic, {}, {}, {}};

  std::vector<Parameter*> all() { return {&weight, &bits, &bias, &head, &mean}; }
  void apply(std::vector<GroupRule> groups) {
    UpdateRules rules;
    rules.kinds.bias = {0.5, 0.25};
    rules.groups = std::move(groups);
    apply_groups(rules, all());
  }
};

GroupRule group(const std::string& match, std::optional<double> rate, std::optional<bool> trainable = {}) {
  GroupRule rule;
  rule.match = match;
  rule.rate = rate;
  rule.trainable = trainable;
  return rule;
}

}  // namespace

TEST_CASE("groups: globs") {
  CHECK(matches_glob("*", ""));
  CHECK(matches_glob("*.bits", "0.conv2d.weight.bits"));
  CHECK(!matches_glob("*.bits", "0.conv2d.weight.bits.x"));
  CHECK(matches_glob("0.*.w?ight", "0.conv2d.weight"));
  CHECK(matches_glob("a*b*c", "a.b.b.c"));
  CHECK(!matches_glob("0.conv2d", "0.conv2d.weight"));
  CHECK(!matches_glob("?", ""));
}

TEST_CASE("groups: a pattern is a tag, a glob, or both") {
  const Net net;
  CHECK(Pattern::parse("bits").matches(net.bits));
  CHECK(!Pattern::parse("bits").matches(net.weight));
  CHECK(Pattern::parse("0.conv2d.*").matches(net.bits));
  CHECK(Pattern::parse("weight:0.*").matches(net.weight));
  CHECK(!Pattern::parse("weight:0.*").matches(net.bits));
  CHECK(!Pattern::parse("weight:0.*").matches(net.head));
}

TEST_CASE("groups: kinds come first, then groups in order; a later one wins in what it sets") {
  Net net;
  net.apply({group("*", 2, false), group("0.*", 3), group("head.*", std::nullopt, true)});
  CHECK(net.weight.rate == 3);
  CHECK(!net.weight.trainable);
  CHECK(net.head.rate == 2);
  CHECK(net.head.trainable);
  CHECK(net.bias.rate == 3);
  CHECK(net.bias.weight_decay == 0.25);
  CHECK(!net.head.weight_decay);
  CHECK(!net.mean.trainable);
}

TEST_CASE("groups: a pattern that matches nothing is an error with the nearest that do") {
  Net net;
  const std::string error = failure_of(Failure::Usage, [&] { net.apply({group("0.conv.*", 1)}); });
  CHECK_MESSAGE(contains(error, "no parameter matches '0.conv.*'"), error);
  CHECK_MESSAGE(contains(error, "'0.conv2d.*'"), error);
  CHECK(contains(failure_of(Failure::Usage, [&] { net.apply({group("*", 1, false)}); }),
                 "nothing would learn"));
}
