// Properties that must hold for whatever RapidCheck thinks up; a failure is shrunk to the smallest one.
#pragma once

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <sstream>
#include <utility>

namespace pare {

// Tries so many cases: always the same ones, unless PARE_SEED asks for others. The property takes any
// arguments RapidCheck can make up, and says RC_ASSERT where doctest says CHECK.
template <class Property>
void holds(int cases, Property&& property) {
  rc::detail::TestParams params;
  const char* const seed = std::getenv("PARE_SEED");
  params.seed = seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10);
  params.maxSuccess = cases;
  const auto result =
      rc::detail::checkTestable(std::forward<Property>(property), rc::detail::TestMetadata{}, params);
  std::ostringstream story;
  rc::detail::printResultMessage(result, story);
  CHECK_MESSAGE(result.template is<rc::detail::SuccessResult>(), story.str());
}

// One of first .. last.
inline int any_of(int first, int last) { return *rc::gen::inRange(first, last + 1); }

}  // namespace pare
