#include "framework/data/sources/table/table_config.h"

namespace pare {

const Table<SourceConfig>& source_table() {
  static const Table<SourceConfig> table{
      "source",
      "kind",
      {
          RowOf<TableConfig>{"table", "a table (CSV): a row an example, or windows of rows over time"},
      }};
  return table;
}

}  // namespace pare
