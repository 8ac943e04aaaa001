#include <algorithm>

#include "framework/data/preprocessing/text_preprocessing.h"
#include "framework/data/text/alphabet.h"
#include "tests/fuzz/finding.h"

// A text file, as characters and as bytes; its first half, as an alphabet of the rest.
void pare::fuzz::plain_text(std::span<const uint8_t> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto read = [&](const TextPreprocessing& texts) {
    accepts([&] {
      const InputShape input = texts.input("");
      std::vector<std::byte> raw(input.bytes());
      texts.require_known(bytes.first(std::min<size_t>(bytes.size(), 4096)), "text");
      texts.prepare(bytes, "text", input, raw.data());
      for (int place = 0; place < input.height; ++place) {
        const std::byte* const at = raw.data() + int64_t{place} * input.channels;
        expect(std::count(at, at + input.channels, std::byte{0}) >= input.channels - 1, "one mark a place");
      }
      characters_of(texts.text_in(input, raw.data()), "what is shown");
    });
  };
  TextPreprocessing texts;
  texts.length = 16;
  read(texts);
  texts.units = TextUnits::Bytes;
  read(texts);
  texts.units = TextUnits::Characters;
  texts.alphabet = all.substr(0, std::min<size_t>(all.size() / 2, 64));
  texts.lower_case = false;
  read(texts);
  std::u32string characters;
  if (accepts([&] { characters = characters_of(all, "text"); }))
    expect(all.ends_with(utf8_of(characters)), "the same text again");
}
