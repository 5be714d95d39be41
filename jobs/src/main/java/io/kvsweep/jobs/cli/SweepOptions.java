package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.InvalidInputException;
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
  @Parameters(
      paramLabel = "CONFIG.yaml",
      arity = "0..1",
      description =
          "The sweep file. Not needed where --dataset, --out and --set methods=[...] are given.")
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
   * The file with all overrides, or the overrides alone, checked.
   *
   * @throws InvalidInputException naming the place of what is wrong
   */
  public SweepConfig config(Configuration conf, MethodRegistry registry) {
    SweepConfigReader reader = new SweepConfigReader(conf, registry);
    return (file == null ? withoutFile(reader) : reader.read(file, overrides))
        .withDataset(Optional.ofNullable(dataset))
        .withOutput(Optional.ofNullable(output));
  }

  private SweepConfig withoutFile(SweepConfigReader reader) {
    if (dataset == null || output == null) {
      throw new InvalidInputException(
          "no sweep file, and no %s: give CONFIG.yaml, or all of --dataset, --out and --set \"methods=['rtn(bits=4)']\""
              .formatted(dataset == null ? "--dataset" : "--out"));
    }
    return reader.of(overrides);
  }

  /** Folder of artefacts, if one was given. */
  public Optional<String> artefacts() {
    return Optional.ofNullable(artefacts);
  }
}
