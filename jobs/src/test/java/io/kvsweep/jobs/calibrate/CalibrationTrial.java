package io.kvsweep.jobs.calibrate;

import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.synth.SynthSpec;
import io.kvsweep.datasets.synth.SyntheticCapture;
import io.kvsweep.jobs.storage.Storage;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * A short calibration on synthetic captures, for its cost alone: what a token and a layer cost at a
 * shape that no capture at hand has. The work is that of a real calibration and does not depend on
 * the numbers in the tensors.
 */
final class CalibrationTrial {
  private static final int LAYERS = 3;
  private static final int SINKS = 4;

  private CalibrationTrial() {}

  /**
   * Measures; at 8 heads of 128 and 2,048 tokens half a minute on one core, most of it for the
   * solver.
   *
   * @param spec such as {@code aqua(bits=2)}
   * @param tokens fitted on; the more, the closer to a real calibration
   * @param scratch folder for the captures, in which one of their own is made and deleted again
   */
  static CalibrationCost cost(
      SparkSession session, String spec, int heads, int headDim, int tokens, String scratch) {
    Configuration conf = session.sparkContext().hadoopConfiguration();
    Storage storage = Storage.of(scratch, conf);
    String own = "calibration-trial-" + UUID.randomUUID();
    Path root = storage.path(own);
    try {
      SynthSpec synth =
          SynthSpec.builder()
              .model("trial")
              .prompts(List.of("trial"))
              .layers(LAYERS)
              .tokens(tokens + SINKS)
              .kvHeads(heads)
              .queryHeads(heads)
              .queries(1)
              .headDim(headDim)
              .build();
      SyntheticCapture.write(synth, new Path(root, "dataset"), conf, line -> {});
      Dataset dataset = Dataset.open(new Path(root, "dataset"), conf);
      CalibrationPlan plan =
          CalibrationPlan.of(spec, List.of("*"), List.of("*"), dataset.manifest()).get(0);
      ArtefactFolder folder = ArtefactFolder.of(new Path(root, "artefacts").toString(), conf);
      return new AquaCalibration(session, plan, dataset.root().toString(), folder, 1)
          .run(layer -> {})
          .report()
          .cost();
    } finally {
      storage.delete(root);
    }
  }
}
