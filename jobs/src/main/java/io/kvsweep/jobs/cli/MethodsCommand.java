package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.methods.MethodList;
import io.kvsweep.udfs.method.Methods;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep methods [NAME]}. */
@Command(
    name = "methods",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the methods and their parameters.",
      "What each does, the stage of a specification it stands as, what it needs beyond keys"
          + " and values, how close its example is to the paper, and its parameters with defaults"
          + " and values. With NAME, all about one, with its example and its deviations."
    },
    footer =
        "Stages: codec, of one tensor; cross-layer, of all layers together; selector and transform stand"
            + " left of a codec, as in 'knorm(budget=0.2) | rtn(bits=4)'; external is scored, not coded"
            + " here; combination, of a method for keys and one for values.")
final class MethodsCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "NAME", description = "One method.")
  private String name;

  @ArgGroup private Form form = new Form();

  private static final class Form {
    @Option(names = "--json", description = "Write one JSON array.")
    private boolean json;

    @Option(names = "--bibtex", description = "Write the papers to cite as BibTeX.")
    private boolean bibtex;
  }

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    MethodList methods =
        name == null ? MethodList.all(Methods.STANDARD) : MethodList.named(Methods.STANDARD, name);
    PrintWriter out = command.commandLine().getOut();
    if (form.json) {
      out.print(methods.json());
    } else if (form.bibtex) {
      String entries = methods.bibtex();
      out.print(entries);
      if (entries.isEmpty()) {
        ConsoleLines.say(
            command.commandLine().getErr(), "kvsweep: " + name + " comes from no paper to cite");
      }
    } else {
      out.print(name == null ? methods.table() : methods.inFull());
    }
    out.flush();
    return ExitCode.OK;
  }
}
