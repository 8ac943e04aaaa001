// Texts as a source of examples: a folder of text files, or a column of a table.
#pragma once

#include "framework/data/preprocessing/text_preprocessing.h"
#include "framework/data/sources/files/files_config.h"

namespace pare {

// Which files are texts, and which of other formats are refused.
const FileKind& text_files();

struct TextsConfig : FilesConfig {
  TextPreprocessing preprocessing;
  std::string label, test;  // of a table: the column of the class, and another one to test on

  void describe(Fields& fields) override;
  // Inputs are TextPreprocessing::input(), bytes. What load_files, TableFile and TextSet throw.
  Dataset load(const std::string& data_directory) const override;
  bool recognise(const std::string& place) override;

 private:
  Dataset load_table(const std::string& data_directory, const InputShape& input) const;
  bool recognise_table(const std::string& place);
};

}  // namespace pare
