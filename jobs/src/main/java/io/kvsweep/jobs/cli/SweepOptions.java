package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.jobs.config.SweepConfigReader;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The sweep file and what the command line changes in it. */
public final class SweepOptions {
  @Parameters(paramLabel = "CONFIG.yaml", description = "The sweep file.")
  private String file;

  @Option(names = "--dataset", paramLabel = "D", description = "Dataset, instead of the file's.")
  private String dataset;

  @Option(names = "--out", paramLabel = "O", description = "Output, instead of the file's.")
  private String output;

  @Option(
      names = "--artefacts",
      paramLabel = "A",
      description = "Folder of 'kvsweep calibrate', for calibrated methods.")
  private String artefacts;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Overrides a key of the file, such as --set \"methods=[none, 'rtn(bits=2)']\".")
  private List<String> overrides = new ArrayList<>();

  /**
   * The file with all overrides, checked.
   *
   * @throws io.kvsweep.datasets.InvalidInputException naming the place of what is wrong
   */
  public SweepConfig config(Configuration conf, MethodRegistry registry) {
    return new SweepConfigReader(conf, registry)
        .read(file, overrides)
        .withDataset(Optional.ofNullable(dataset))
        .withOutput(Optional.ofNullable(output));
  }

  /** Folder of artefacts, if one was given. */
  public Optional<String> artefacts() {
    return Optional.ofNullable(artefacts);
  }
}
