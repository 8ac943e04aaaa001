#include <cmath>

#include "framework/data/sources/table/table_config.h"

#include "tests/fuzz/finding.h"

// The file of a table, read as three kinds of config would.
void pare::fuzz::table(std::span<const uint8_t> bytes) {
  const MemoryFile file(bytes);
  TableConfig config;
  config.path = file.path();
  config.hold_out.test_share = 0.3;
  const auto read = [&](const TableConfig& with) {
    accepts([&] {
      const Dataset data = with.load("");
      for (const Source* part : {data.train.get(), data.test.get()}) {
        expect(part->count() > 0 && part->input() == data.spec.input, "examples of the shape that is said");
        std::vector<std::byte> buffer;
        for (int i = 0; i < part->count(); ++i) {
          const auto* const numbers = reinterpret_cast<const float*>(part->read(i, buffer));
          for (int64_t n = 0; n < part->input().count(); ++n)
            expect(std::isfinite(numbers[n]), "finite numbers");
          expect(data.spec.classes.empty() || part->label(i) < static_cast<int>(data.spec.classes.size()),
                 "labels in range");
          for (const float value : part->values(i)) expect(std::isfinite(value), "finite values");
        }
      }
    });
  };
  config.label = "y";
  config.missing = Missing::Mean;
  read(config);
  TableConfig windows = config;
  windows.group = "g";
  windows.window = 2;
  windows.hop = 1;
  windows.categorical = {"c"};
  read(windows);
  config.label.clear();
  config.targets = {"y"};
  config.columns = {"y", "x"};
  read(config);
}
