// The sub-commands of pare: each adds itself to the command line and returns what to run when it is chosen.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace pare {

// Returns the exit code.
using Command = std::function<int()>;

Command add_train(CLI::App& app);
Command add_bench(CLI::App& app);
Command add_eval(CLI::App& app);
Command add_predict(CLI::App& app);
Command add_inspect(CLI::App& app);
Command add_export(CLI::App& app);
Command add_report(CLI::App& app);
Command add_lottery(CLI::App& app);
Command add_sweep(CLI::App& app);
Command add_schema(CLI::App& app);
Command add_manual(CLI::App& app);
Command add_completion(CLI::App& app);

}  // namespace pare
