package io.kvsweep.jobs.calibrate;

import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.method.aqua.LayerPredictors;
import io.kvsweep.udfs.method.aqua.NormalEquations;
import io.kvsweep.udfs.method.aqua.Predictor;
import io.kvsweep.udfs.method.aqua.Predictors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.IntConsumer;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/**
 * Fits the predictors of AQUA-KV for one model, layer after layer, on what decoding will see: the
 * reconstruction of the layer before, made with the predictors as they are stored. Per layer three
 * jobs: sums for the key predictor; keys coded and sums for the value predictor; values coded. Only
 * the reconstruction of the last layer is kept, as scratch files. Tensors are neither shuffled nor
 * collected; normal equations are, by {@link OrderedSum}. Sums run over fixed slabs of token
 * blocks, so the artefact is the same to the bit for every number of tasks.
 */
final class AquaCalibration {
  /** More slabs than this would only add sums to be shuffled: each is as large as the last. */
  private static final int MAX_SLABS = 256;

  private final JavaSparkContext spark;
  private final CalibrationPlan plan;
  private final Scratch scratch;
  private final List<Slab> slabs;
  private final int tasks;
  private final LongAccumulator bytesRead;
  private final LongAccumulator firstLayerNanos;
  private final LongAccumulator sumNanos;
  private final LongAccumulator valueNanos;
  private final List<Broadcast<Predictor>> keyPredictors = new ArrayList<>();
  private final List<Broadcast<Predictor>> valuePredictors = new ArrayList<>();
  private final BlockWork work;
  private long driverNanos;

  /**
   * @param dataset path of the dataset, as executors see it
   * @param tasks at most so many at once
   */
  AquaCalibration(
      SparkSession session,
      CalibrationPlan plan,
      String dataset,
      ArtefactFolder folder,
      int tasks) {
    this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.plan = plan;
    String runId = UUID.randomUUID().toString();
    this.scratch = new Scratch(folder.storage(), folder.scratch().getName() + "/" + runId);
    this.slabs = slabs(plan.blocks());
    this.tasks = Math.max(1, Math.min(tasks, slabs.size()));
    this.bytesRead = session.sparkContext().longAccumulator("bytes read");
    this.firstLayerNanos = session.sparkContext().longAccumulator("CPU ns, first layer");
    this.sumNanos = session.sparkContext().longAccumulator("CPU ns, sums");
    this.valueNanos = session.sparkContext().longAccumulator("CPU ns, values");
    this.work =
        new BlockWork(
            new SerializableConfiguration(session.sparkContext().hadoopConfiguration()),
            dataset,
            runId,
            plan.recipe().spec(),
            new ArrayList<>(plan.layers()),
            plan.shape().channels(),
            scratch,
            keyPredictors,
            valuePredictors,
            bytesRead);
  }

  /** Consecutive blocks, which one task sums up in their order. */
  private record Slab(int index, ArrayList<TokenBlock> blocks) implements Serializable {}

  private static List<Slab> slabs(List<TokenBlock> blocks) {
    int size = (blocks.size() + MAX_SLABS - 1) / MAX_SLABS;
    List<Slab> out = new ArrayList<>();
    for (int from = 0; from < blocks.size(); from += size) {
      int to = Math.min(from + size, blocks.size());
      out.add(new Slab(out.size(), new ArrayList<>(blocks.subList(from, to))));
    }
    return out;
  }

  /** The artefact and what it cost. */
  record Outcome(Artefact artefact, CalibrationReport report) {}

  /**
   * Fits.
   *
   * @param layerDone told the index of each layer that is done, from 0
   */
  Outcome run(IntConsumer layerDone) {
    try {
      forEachBlock(work::start, firstLayerNanos);
      layerDone.accept(0);
      List<LayerPredictors> fitted = new ArrayList<>();
      for (int l = 1; l < plan.layers().size(); l++) {
        fitted.add(fit(l));
        scratch.drop(l - 1);
        layerDone.accept(l);
      }
      byte[] body = Predictors.toBytes(plan.shape().channels(), fitted);
      Artefact artefact = Artefact.of(plan.recipe(), body);
      CalibrationReport report =
          CalibrationReport.of(
              plan,
              fitted,
              new CalibrationCost.Parts(
                  firstLayerNanos.value() / 1e9,
                  sumNanos.value() / 1e9,
                  valueNanos.value() / 1e9,
                  driverNanos / 1e9),
              bytesRead.value(),
              artefact.bytes().length,
              2 * Predictors.parameters(plan.layers().size(), plan.shape().channels()));
      return new Outcome(artefact, report);
    } finally {
      scratch.dropAll();
      keyPredictors.forEach(Broadcast::destroy);
      valuePredictors.forEach(Broadcast::destroy);
    }
  }

  private LayerPredictors fit(int layer) {
    int channels = plan.shape().channels();
    BlockWork blocks = work;
    NormalEquations keySums = sum(channels, (block, sums) -> blocks.sumKeys(layer, block, sums));
    Predictor keys = solve(keySums);
    keyPredictors.add(spark.broadcast(keys));
    NormalEquations valueSums =
        sum(2 * channels, (block, sums) -> blocks.sumValues(layer, block, sums));
    Predictor values = solve(valueSums);
    valuePredictors.add(spark.broadcast(values));
    if (layer + 1 < plan.layers().size()) {
      forEachBlock(block -> blocks.finish(layer, block), valueNanos);
    }
    return new LayerPredictors(keys, values, relMse(keySums, keys), relMse(valueSums, values));
  }

  private double relMse(NormalEquations sums, Predictor predictor) {
    long start = CpuTime.ofThread();
    double error = sums.relMse(predictor);
    driverNanos += CpuTime.ofThread() - start;
    return error;
  }

  private Predictor solve(NormalEquations sums) {
    long start = CpuTime.ofThread();
    Predictor predictor = sums.solve(NormalEquations.RIDGE).rounded();
    driverNanos += CpuTime.ofThread() - start;
    return predictor;
  }

  /** What a task does with a block, and with its sums. */
  private interface BlockSum extends Serializable {
    void add(TokenBlock block, NormalEquations sums);
  }

  private NormalEquations sum(int inputs, BlockSum blockSum) {
    int outputs = plan.shape().channels();
    LongAccumulator time = sumNanos;
    JavaPairRDD<Integer, NormalEquations> partial =
        spark
            .parallelize(slabs, tasks)
            .mapToPair(
                slab -> {
                  long start = CpuTime.ofThread();
                  NormalEquations sums = new NormalEquations(inputs, outputs);
                  slab.blocks().forEach(block -> blockSum.add(block, sums));
                  time.add(CpuTime.ofThread() - start);
                  return new Tuple2<>(slab.index(), sums);
                });
    return OrderedSum.of(partial, slabs.size());
  }

  private interface BlockAction extends Serializable {
    void accept(TokenBlock block);
  }

  private void forEachBlock(BlockAction action, LongAccumulator time) {
    JavaRDD<TokenBlock> blocks =
        spark.parallelize(plan.blocks(), Math.max(1, Math.min(tasks, plan.blocks().size())));
    VoidFunction<TokenBlock> timed =
        block -> {
          long start = CpuTime.ofThread();
          action.accept(block);
          time.add(CpuTime.ofThread() - start);
        };
    blocks.foreach(timed);
  }

  /** Where reconstructions lie, for tests. */
  Scratch scratch() {
    return scratch;
  }
}
