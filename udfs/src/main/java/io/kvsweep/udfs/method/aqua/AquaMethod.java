package io.kvsweep.udfs.method.aqua;

import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.method.higgs.HiggsMethod;
import io.kvsweep.udfs.method.quant.RowCoded;
import io.kvsweep.udfs.method.quant.RowQuantizer;
import io.kvsweep.udfs.method.rtn.RtnMethod;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.List;
import java.util.Optional;

/**
 * AQUA-KV (Shutova et al., arXiv 2501.19392): keys and values of a layer are predicted from what
 * was reconstructed before, and only the prediction error is quantised.
 *
 * <pre>
 * layer 0:  K^ = DQ(Q(K)), V^ = DQ(Q(V))                      at {@code first} bits
 * layer l:  K^ = p + DQ(Q(K - p)),  p = K^[l-1] Wk + bk       [tokens, C] from [tokens, C]
 *           V^ = p + DQ(Q(V - p)),  p = [K^[l], V^[l-1]] Wv + bv        from [tokens, 2C]
 * </pre>
 *
 * Keys are coded before rotation, {@code C} is all heads joined, the first {@code sinks} tokens of
 * the prompt stay exact in every layer. The loop is closed: {@code K^ - K} is the quantiser's error
 * on the residual, whatever the predictors are, and errors do not add up over layers. Layer 0 is
 * the first layer that was captured. A layer costs {@code 3 C^2} multiplications per token besides
 * quantisation, in coding and in decoding; predictions use one kernel of fixed order ({@link
 * Prediction}), so a block decodes to the same floats everywhere.
 *
 * <p>Predictors are affine, fitted once per model by {@code kvsweep calibrate} ({@link
 * NormalEquations}) and stored as bfloat16: {@code (layers - 1)(3 C^2 + 2 C)} numbers, 162.1 MiB
 * for Llama-3.2-3B, in {@code artefact_bytes}. They are rounded before they are used for
 * calibration of the next layer, so calibration sees what decoding sees.
 *
 * <p>Tokens are coded one by one, so that the cut into write-once chunks changes no code; what it
 * decides is which tokens are not coded yet. By default none: the prompt is one chunk. {@code
 * buffer=128} is the authors' cache after one prefill, a chunk if it has 128 tokens behind the
 * sinks and whole if not; {@code buffer=128:32} the same fed 32 tokens at a time, as they evaluate,
 * and {@code buffer=128:1} generated token by token: what waits in the buffer, up to 127 tokens, is
 * whole in every layer and billed ({@link RecentBuffer}).
 *
 * <p>Deviations: the fit leaves the sinks out, which the authors' code includes: their norms would
 * weigh on the fit and they are never predicted. Prediction is in float32 where their code
 * multiplies in the dtype of the model. Of the predictors that the paper compares, the linear one,
 * its default, is offered. A backbone with random signs is refused, since predictors would belong
 * to one seed.
 */
public final class AquaMethod implements Method.OfCalibratedCache {
  /** Name and version of the fit. Raise it whenever the same tensors give other predictors. */
  private static final String FITTER = "aqua-ridge-1";

  private static final String DEFAULT_BACKBONE = "higgs";

  private final MethodRegistry backbones;
  private final String defaultBackbone;

  /** With the backbones that kvsweep ships. */
  public AquaMethod() {
    this(List.of(new HiggsMethod(), new RtnMethod()), DEFAULT_BACKBONE);
  }

  AquaMethod(List<Method> backbones, String defaultBackbone) {
    this.backbones = new MethodRegistry(backbones);
    this.defaultBackbone = canonicalBackbone(defaultBackbone);
  }

  @Override
  public String name() {
    return "aqua";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String versions(Arguments arguments) {
    return name() + "-" + version() + "+" + backbone(arguments, "bits").version();
  }

  /** What fitted the predictors of a cell, for its recipe. */
  public static String fitter(Pipeline pipeline) {
    return FITTER + "+" + pipeline.version();
  }

  @Override
  public String summary() {
    return "keys and values predicted from the layer before, the rest quantised; calibrated";
  }

  @Override
  public List<Paper> papers() {
    return List.of(HiggsMethod.AQUA_KV);
  }

  @Override
  public String deviations() {
    return "The fit leaves the attention sinks out, prediction is in float32, and of the "
        + "paper's predictors the linear one, its default, is offered.";
  }

  @Override
  public String example() {
    return "aqua(bits=2)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.integer("bits", 2, 4, "bits of a residual's codes, above the first layer"),
        Parameter.integer("first", 2, 8, "bits of the first layer, which nothing predicts")
            .orElse("4"),
        Parameter.integer("sinks", 0, 65536, "tokens at the start that stay exact").orElse("4"),
        Parameter.text(
            "buffer",
            "N or N:STEP, such as 128 or 128:32",
            "recent tokens stay exact until N have come, STEP at a time or the prompt at once",
            text -> RecentBuffer.parse(text).toString()),
        Parameter.text(
                "backbone",
                "higgs or rtn with parameters",
                "quantises tokens one by one; its bits are those of aqua",
                this::canonicalBackbone)
            .orElse(defaultBackbone));
  }

  /** All parameters spelt out but the bits, which are those of aqua. */
  private String canonicalBackbone(String text) {
    if (text.matches(".*[(,]\\s*bits\\s*=.*")) {
      throw new IllegalArgumentException(
          "a backbone has the bits of aqua: leave bits out of the backbone");
    }
    String canonical = backbones.expand(withBits(text, "4")).get(0).key();
    return canonical.replaceFirst("bits=4,?", "");
  }

  private static String withBits(String text, String bits) {
    int open = text.indexOf('(');
    return open < 0 || text.endsWith("()")
        ? text.replace("()", "") + "(bits=" + bits + ")"
        : text.substring(0, open + 1) + "bits=" + bits + "," + text.substring(open + 1);
  }

  private Pipeline backbone(Arguments arguments, String bits) {
    return backbones.pipeline(withBits(arguments.text("backbone"), arguments.text(bits)), 1);
  }

  @Override
  public void check(Arguments arguments) {
    if (!arguments.has("bits")) {
      throw new IllegalArgumentException("needs bits=2 to 4");
    }
    String backbone = arguments.text("backbone");
    if (backbone.contains("rope=post")) {
      throw new IllegalArgumentException(
          "backbone=" + backbone + ": keys are predicted before rotation; leave rope=post out");
    }
    if (backbone.contains("signs=true")) {
      throw new IllegalArgumentException(
          "backbone="
              + backbone
              + ": predictors would belong to one seed of the signs; use signs=false");
    }
    rows(arguments, "bits");
    rows(arguments, "first");
  }

  private RowQuantizer rows(Arguments arguments, String bits) {
    Pipeline backbone = backbone(arguments, bits);
    Optional<RowQuantizer> rows =
        backbone.codec() instanceof RowCoded coded ? coded.rows() : Optional.empty();
    return rows.orElseThrow(
        () ->
            new IllegalArgumentException(
                "backbone=%s does not code tokens one by one; use axis=token or another method"
                    .formatted(backbone.spec())));
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    Fidelity backbone = backbone(arguments, "bits").fidelity();
    boolean asPublished =
        arguments.text("first").equals("4")
            && arguments.text("sinks").equals("4")
            && (!arguments.has("buffer")
                || RecentBuffer.parse(arguments.text("buffer")).flush() == 128);
    return asPublished ? backbone : Fidelity.VARIANT;
  }

  @Override
  public CacheCodec create(String stage, Arguments arguments, long seed) {
    return codec(stage, arguments);
  }

  @Override
  public CacheCodec create(String stage, Arguments arguments, long seed, Artefact artefact) {
    return codec(stage, arguments).with(artefact);
  }

  private AquaCodec codec(String stage, Arguments arguments) {
    Optional<RecentBuffer> buffer =
        arguments.has("buffer")
            ? Optional.of(RecentBuffer.parse(arguments.text("buffer")))
            : Optional.empty();
    return AquaCodec.uncalibrated(
        stage,
        rows(arguments, "first"),
        rows(arguments, "bits"),
        new WholeTokens(arguments.integer("sinks"), buffer));
  }
}
