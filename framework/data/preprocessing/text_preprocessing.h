// Texts as the input of a network: a channel for each character of an alphabet, or for each byte, over the
// places of the text: 255 where it stands there, otherwise 0 (Zhang, Zhao and LeCun, "Character-level
// Convolutional Networks for Text Classification", 2015, section 2.2).
#pragma once

#include <string_view>

#include "framework/data/preprocessing/preprocessing.h"

namespace pare {

enum class TextUnits { Characters, Bytes };

struct TextPreprocessing : OneInputAFile {
  static constexpr const char* kAlphabet =
      "abcdefghijklmnopqrstuvwxyz0123456789 .,;:!?'\"-()/\\&%$#@*+=<>[]_|~^{}";

  int length = 0;
  TextUnits units = TextUnits::Characters;
  std::string alphabet = kAlphabet;
  bool lower_case = true;
  std::string column;  // of tables: that of the texts; empty: only files are read

  void describe(Fields& fields) override;
  void require_fits(const InputShape& input, const std::string& where) const override;
  bool is_normalised() const override { return true; }
  void require_known(std::span<const uint8_t> beginning, const std::string& name) const override;
  void prepare(std::span<const uint8_t> file, const std::string& name, const InputShape& input,
               std::byte* to) const override;
  // Of a table (.csv, .tsv) the cells of a column, each an input; of other files the whole.
  PreparedFile prepare_all(std::span<const uint8_t> file, const std::string& name,
                           const InputShape& input) const override;

  // (length,1,channels) bytes. Throws Failure::Data naming `where` when the alphabet is none, or that is too
  // much.
  InputShape input(const std::string& where) const;
  // Marks the places of an input, which is all zeros, by the numbers of a text that is no longer.
  static void mark(std::span<const int16_t> numbers, const InputShape& input, std::byte* to);
  // The number of each unit of a text, as long as it is; -1 where it is not in the alphabet.
  std::vector<int16_t> numbers_of(std::string_view text, const std::string& where) const;
  // What is left of a text in an input of it: characters that are not in the alphabet as "?", and without the
  // places behind its end.
  std::string text_in(const InputShape& input, const std::byte* raw) const;
};

}  // namespace pare
