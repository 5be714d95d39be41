package io.kvsweep.jobs.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.claims.Claim.Judged;
import io.kvsweep.jobs.config.MethodEntry;
import io.kvsweep.jobs.config.SweepConfigReader;
import io.kvsweep.udfs.method.Methods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClaimsTest {
  private static final Evidence GOOD = Worlds.of(true);
  private static final Evidence BAD = Worlds.of(false);
  private static final Evidence NOTHING = Worlds.empty(Worlds.CODECS);

  static Stream<Claim> all() {
    return Claims.ALL.stream();
  }

  static Stream<Claim> decidable() {
    return all().filter(claim -> claim.rule() != null);
  }

  @ParameterizedTest
  @MethodSource("decidable")
  void everyRuleComesOutBothWays(Claim claim) {
    Judged good = claim.judge(GOOD);
    assertEquals(Verdict.HOLDS, good.verdict(), good::toString);
    Judged bad = claim.judge(BAD);
    assertEquals(Verdict.DOES_NOT_HOLD, bad.verdict(), bad::toString);
    assertFalse(good.measured().text().isBlank());
    assertFalse(good.measured().conditions().isBlank());
  }

  @ParameterizedTest
  @MethodSource("all")
  void withoutEvidenceAClaimSaysWhatIsMissing(Claim claim) {
    Judged judged = claim.judge(NOTHING);
    boolean ofShapes = judged.measured().value() != null;
    if (ofShapes) {
      assertNotNull(claim.rule());
      assertTrue(claim.measure().cells().isEmpty());
      assertTrue(
          judged.measured().conditions().startsWith("arithmetic, the same for any data: "),
          judged::toString);
    } else {
      assertEquals(Verdict.NOT_MEASURABLE, judged.verdict());
      assertEquals("-", judged.measured().text());
      assertTrue(
          claim.rule() == null || judged.measured().conditions().contains("run 'kvsweep "),
          judged::toString);
    }
  }

  /** The figures of the papers that follow from shapes, from the codecs. */
  @Test
  void accounting() {
    Accounting codecs = Worlds.CODECS;
    assertEquals(
        2.015625,
        2 * codecs.cacheBits("aqua(bits=2)", 1024, 2) - codecs.cacheBits("aqua(bits=2)", 1024, 1),
        1e-12);
    assertEquals(
        (27 * 2.015625 + 4.015625) / 28, codecs.cacheBits("aqua(bits=2)", 1024, 28), 1e-12);
    assertEquals(2.0406, codecs.cacheBits("aqua(bits=2)", 1024, 80), 5e-5);
    assertEquals(2.0 * 84_989_952, codecs.adapterBytes(1024, 28));
    assertEquals(2000, codecs.tokensKept("knorm(budget=0.2)", 10_000, 1024));
    // seed-methods.md 1.11: 90,206,208 bits, and the header of a block.
    assertEquals(
        (90_206_208 + 8 * 48) / (65536.0 * 1024),
        codecs.totalBits("svdq(bits=1.25,group=0)", 65536, 1024),
        1e-12);
    // 3.10: 16,404,096 bits, and the header.
    assertEquals(
        (16_404_096 + 8 * 48) / (1000.0 * 4096),
        codecs.totalBits("decoquant(bits=4)", 1000, 4096),
        1e-12);
    Accounting.Sparse sparse =
        codecs.sparse("shadowkv(budget=2048) | svdq(bits=1.25)", 65536, 1024);
    assertEquals(409.6, sparse.nominalReadRatio(), 1e-9);
    assertTrue(sparse.readRatio() < 16, "landmarks alone are a sixteenth of the keys");
    assertEquals(Verdict.HOLDS, verdict("410x less of the keys"));
    assertEquals(Verdict.DOES_NOT_HOLD, verdict("410x less with all bytes"));
    assertEquals(Verdict.HOLDS, verdict("takes 2.0156"));
    assertEquals(Verdict.HOLDS, verdict("takes 2.0871"));
    assertEquals(Verdict.HOLDS, verdict("162.1"));
    assertEquals(Verdict.HOLDS, verdict("38.3x"));
    assertEquals(Verdict.HOLDS, verdict("1,000 tokens of 4,096"));
  }

  private static Verdict verdict(String part) {
    List<Claim> found = Claims.ALL.stream().filter(claim -> claim.text().contains(part)).toList();
    assertEquals(1, found.size(), part);
    return found.get(0).judge(NOTHING).verdict();
  }

  @Test
  void everySentenceOfTheAbstractsHasAClaim() {
    for (Claim.System system : Claim.System.values()) {
      Set<Integer> sentences = new TreeSet<>();
      for (Claim claim : Claims.ALL) {
        Matcher source = Pattern.compile("abstract ([0-9]+)(?:-([0-9]+))?").matcher(claim.source());
        if (claim.system() == system && source.matches()) {
          int first = Integer.parseInt(source.group(1));
          int last = source.group(2) == null ? first : Integer.parseInt(source.group(2));
          for (int sentence = first; sentence <= last; sentence++) {
            sentences.add(sentence);
          }
        }
      }
      Set<Integer> expected = new TreeSet<>();
      for (int sentence = 1; sentence <= system.sentences(); sentence++) {
        expected.add(sentence);
      }
      assertEquals(expected, sentences, system.label());
    }
    assertTrue(Claims.ALL.size() >= 14);
  }

  @Test
  void theShippedSweepsMeasureWhatClaimsAskFor() {
    Set<String> swept = new TreeSet<>();
    for (String file : List.of("claims.yaml", "claims-aqua.yaml")) {
      var config =
          new SweepConfigReader(new Configuration(false), Methods.STANDARD)
              .read(Path.of("sweeps", file).toString(), List.of());
      for (var kind : config.kinds()) {
        for (MethodEntry method : config.methods()) {
          Methods.STANDARD
              .expand(method.spec())
              .forEach(spec -> swept.add(spec + " " + kind.label()));
        }
      }
    }
    List<String> missing =
        all()
            .flatMap(claim -> claim.measure().cells().stream())
            .map(cell -> cell.spec() + " " + cell.kind().label())
            .filter(cell -> !swept.contains(cell))
            .toList();
    assertEquals(List.of(), missing);
  }

  /** Rules are data and documentation alike. */
  @Test
  void theDocsHaveEveryRule() throws IOException {
    String docs = Files.readString(Path.of("../docs/claims.md"));
    List<String> missing =
        all().map(ClaimsTest::docsLine).filter(line -> !docs.contains(line)).toList();
    assertEquals(List.of(), missing, () -> String.join("\n", missing));
    long rows =
        docs.lines().filter(line -> line.matches("\\| (SVDq|AQUA-KV|DecoQuant) \\|.*")).count();
    assertEquals(Claims.ALL.size(), rows);
  }

  private static String docsLine(Claim claim) {
    return Stream.of(
            claim.system().label(),
            claim.source(),
            claim.text(),
            claim.claimed(),
            claim.rule() == null
                ? "none: " + claim.judge(NOTHING).measured().conditions()
                : claim.rule().text() + ": " + claim.rule().why())
        .map(text -> text.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }

  @Test
  void textAndTables() {
    List<Judged> rows = Claims.ALL.stream().map(claim -> claim.judge(GOOD)).toList();
    String text = ClaimsText.of(rows);
    long undecidable = Claims.ALL.size() - decidable().count();
    assertTrue(
        text.endsWith(
            "%d claims: %d holds, 0 does not hold, %d not measurable here\n"
                .formatted(rows.size(), rows.size() - undecidable, undecidable)),
        text);
    assertTrue(text.lines().allMatch(line -> line.length() <= 110), text);
    List<String> columns = ClaimsTable.columns().stream().map(column -> column.name()).toList();
    for (String required :
        List.of("system", "claim", "claimed", "measured", "conditions", "verdict")) {
      assertTrue(columns.contains(required), required);
    }
    String markdown =
        new String(ClaimsTable.markdown(rows), java.nio.charset.StandardCharsets.UTF_8);
    assertEquals(
        rows.size(),
        markdown.lines().filter(line -> line.matches("\\| (SVDq|AQUA|Deco).*")).count());
    assertTrue(
        markdown
            .lines()
            .filter(line -> line.startsWith("|"))
            .allMatch(line -> line.replace("\\|", "").split("\\|", -1).length == 10),
        markdown);
  }

  @Test
  void whatShapesSettleSaysSo() {
    List<String> marked =
        Claims.ALL.stream()
            .map(claim -> claim.judge(GOOD))
            .filter(row -> row.measured().conditions().contains("arithmetic"))
            .map(row -> row.claim().text())
            .toList();
    assertEquals(18, marked.size(), () -> String.join("\n", marked));
    for (String part : List.of("Keys take 1.25 bits, all included", "0.6 %", "about 75 %")) {
      assertTrue(marked.stream().anyMatch(text -> text.contains(part)), part);
    }
  }

  /** The estimate decides; whether its interval does too is told. */
  @Test
  void anIntervalAcrossTheBoundIsTold() {
    Measured wide = new Measured(0.9, 0.8, 1.1, 2, 2, 1, "0.9", "c", List.of(0.8, 1.0));
    Measured narrow = new Measured(0.9, 0.8, 0.95, 2, 2, 1, "0.9", "c", List.of(0.8, 1.0));
    Measured none = new Measured(0.9, null, null, 1, 1, 1, "0.9", "c", List.of(0.9));
    Judged crossing = below(wide).judge(NOTHING);
    assertEquals(Verdict.HOLDS, crossing.verdict());
    assertEquals(true, crossing.intervalCrosses());
    assertEquals(
        "c; 1 of 2 are below 1; the interval contains the bound of the rule",
        crossing.measured().conditions());
    assertEquals(false, below(narrow).judge(NOTHING).intervalCrosses());
    assertEquals("c; 1 of 2 are below 1", below(narrow).judge(NOTHING).measured().conditions());
    assertNull(below(none).judge(NOTHING).intervalCrosses());
    List<Object> column =
        List.of(crossing, below(narrow).judge(NOTHING)).stream()
            .map(
                row ->
                    (Object)
                        ClaimsTable.columns().stream()
                            .filter(c -> c.name().equals("interval_crosses"))
                            .findFirst()
                            .orElseThrow()
                            .value()
                            .apply(row))
            .toList();
    assertEquals(List.of("yes", "no"), column);
    assertTrue(Rule.within(1, 5, "").crossedBy(3, 7));
    assertTrue(Rule.within(1, 5, "").crossedBy(3, 4.5));
    assertFalse(Rule.within(1, 5, "").crossedBy(4.5, 5.5));
  }

  private static Claim below(Measured measured) {
    return new Claim(Claim.System.SVDQ, "s", "t", "c", Rule.below(1, "why"), evidence -> measured);
  }

  @Test
  void wrapping() {
    assertEquals(List.of("ab cd", "efghijk", "l"), ClaimsText.wrap("ab cd efghijk l", 5));
    assertEquals(List.of(""), ClaimsText.wrap("", 5));
    assertEquals(Arrays.asList("a"), ClaimsText.wrap("a", 1));
  }

  @Test
  void aRuleIsAnInterval() {
    assertTrue(Rule.below(1, "").holds(0.999));
    assertFalse(Rule.below(1, "").holds(1));
    assertTrue(Rule.atMost(1, "").holds(1));
    assertFalse(Rule.above(1, "").holds(1));
    assertTrue(Rule.atLeast(1, "").holds(1));
    assertTrue(Rule.within(0.05, 38.3, "").holds(38.33));
    assertFalse(Rule.within(0.05, 38.3, "").holds(38.4));
    assertFalse(Rule.atMost(1, "").holds(Double.NaN));
    assertEquals("at most 0.1", Rule.atMost(0.1, "").text());
    assertEquals("at least 409", Rule.atLeast(409, "").text());
    assertEquals("at most 0", Rule.atMost(0, "").text());
    assertNull(Claim.undecidable(Claim.System.SVDQ, "s", "t", "c", "w").rule());
    assertEquals(
        new ArrayList<>(),
        Claim.undecidable(Claim.System.SVDQ, "s", "t", "c", "w").measure().cells());
  }
}
