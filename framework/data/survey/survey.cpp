#include "framework/data/survey/survey.h"

#include <algorithm>
#include <map>

#include "framework/base/error.h"
#include "framework/data/normalisation.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr size_t kMostShown = 10;  // of repeated examples

// One example of one part.
struct Place {
  const Source* source;
  int part, index;

  std::string name() const { return source->name(index); }
};

bool same_input(const Place& a, const Place& b) {
  std::vector<std::byte> one, other;
  const size_t bytes = a.source->input().bytes();
  const std::byte* const first = a.source->read(a.index, one);
  return std::equal(first, first + bytes, b.source->read(b.index, other));
}

bool same_asked(const Place& a, const Place& b) {
  return a.source->label(a.index) == b.source->label(b.index) &&
         std::ranges::equal(a.source->values(a.index), b.source->values(b.index));
}

// What reading all examples of a source found.
struct Contents {
  std::vector<uint32_t> checksums;  // of each input
  std::vector<std::string> faults;  // what is wrong with each; empty: nothing
};

Contents read_all(const Source& source) {
  const auto count = static_cast<size_t>(source.count());
  Contents contents{std::vector<uint32_t>(count), std::vector<std::string>(count)};
  parallel_ranges(source.count(), source.decodes() ? 1 : 4096, [&](int64_t begin, int64_t end) {
    std::vector<std::byte> buffer;
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) try {
        const auto* const input = reinterpret_cast<const uint8_t*>(source.read(static_cast<int>(i), buffer));
        contents.checksums[i] = crc32_of({input, source.input().bytes()});
      } catch (const Error& error) {
        if (error.failure() != Failure::Data) throw;
        contents.faults[i] = error.what();
      }
  });
  return contents;
}

std::vector<ValueRange> ranges_of(const Source& source, size_t values) {
  std::vector<ValueRange> ranges(values);
  for (size_t v = 0; v < values; ++v) {
    ValueRange& range = ranges[v];
    double sum = 0;
    for (int i = 0; i < source.count(); ++i) {
      const double value = source.values(i)[v];
      range.least = i == 0 ? value : std::min(range.least, value);
      range.most = i == 0 ? value : std::max(range.most, value);
      sum += value;
    }
    range.mean = sum / std::max(1, source.count());
  }
  return ranges;
}

class Surveyor {
 public:
  explicit Surveyor(const Spec& spec) : spec_(spec) {}

  void add(const std::string& name, const Source& source) {
    const auto number = static_cast<int>(survey_.parts.size());
    PartSurvey part{name,
                    source.count(),
                    std::vector<int>(spec_.classes.size()),
                    ranges_of(source, spec_.values.size()),
                    {}};
    const Contents contents = read_all(source);
    std::vector<int> readable;
    for (int i = 0; i < source.count(); ++i) {
      const auto at = static_cast<size_t>(i);
      if (!part.of_class.empty()) ++part.of_class[static_cast<size_t>(source.label(i))];
      if (!contents.faults[at].empty()) {
        part.unreadable.push_back(contents.faults[at]);
        continue;
      }
      readable.push_back(i);
      look_up({&source, number, i}, contents.checksums[at]);
    }
    if (number == 0 && !readable.empty()) {
      const Normalisation measured = measure(source, readable);
      survey_.mean = measured.mean;
      survey_.deviation = measured.deviation;
    }
    survey_.parts.push_back(std::move(part));
  }

  Survey result() { return std::move(survey_); }

 private:
  // Compares an input with those before it that have its checksum.
  void look_up(const Place& place, uint32_t checksum) {
    std::vector<Place>& alike = different_[checksum];
    const auto before =
        std::ranges::find_if(alike, [&](const Place& other) { return same_input(place, other); });
    if (before == alike.end()) {
      alike.push_back(place);
      return;
    }
    if (place.part == 0)
      note(survey_.in_training, place, *before);
    else if (before->part == 0)
      note(survey_.across, place, *before);
    if (!same_asked(place, *before)) note(survey_.contradictory, place, *before);
  }

  static void note(Repeats& repeats, const Place& place, const Place& before) {
    ++repeats.examples;
    if (repeats.some.size() < kMostShown) repeats.some.emplace_back(place.name(), before.name());
  }

  const Spec& spec_;
  Survey survey_;
  std::map<uint32_t, std::vector<Place>> different_;  // the first of each input, by checksum
};

}  // namespace

Survey survey(const Dataset& data) {
  Surveyor surveyor(data.spec);
  surveyor.add("train", *data.train);
  if (data.validation) surveyor.add("validation", *data.validation);
  surveyor.add("test", *data.test);
  return surveyor.result();
}

}  // namespace pare
