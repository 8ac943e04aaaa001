// The sub-commands of pare: each adds itself to the program's command line and returns what to run when it is
// chosen.
#pragma once

#include <functional>

namespace pare {

class Program;

// Returns the exit code.
using Command = std::function<int()>;

Command add_train(Program& program);
Command add_bench(Program& program);
Command add_eval(Program& program);
Command add_predict(Program& program);
Command add_data(Program& program);
Command add_inspect(Program& program);
Command add_export(Program& program);
Command add_report(Program& program);
Command add_quantise(Program& program);
Command add_lottery(Program& program);
Command add_sweep(Program& program);
Command add_schema(Program& program);
Command add_manual(Program& program);
Command add_completion(Program& program);

}  // namespace pare
