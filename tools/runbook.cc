// The `runbook` program.
#include "cli/commands.h"

int main(int argc, char** argv) { return runbook::run_command_line(argc, argv, RUNBOOK_VERSION); }
