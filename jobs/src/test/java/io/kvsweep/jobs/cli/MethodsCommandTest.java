package io.kvsweep.jobs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MethodsCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return CommandLines.create()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private String line(String start) {
    return out.toString().lines().filter(l -> l.startsWith(start)).findFirst().orElseThrow();
  }

  @Test
  void everyMethodAndParameterIsListed() {
    assertEquals(0, run("methods"), err::toString);
    int parameters = 0;
    for (Method method : Methods.STANDARD.methods()) {
      assertTrue(line(method.name() + " ").endsWith(method.summary()), method::name);
      for (Parameter parameter : method.parameters()) {
        String row =
            "(?m)^%s +%s +%s +%s$"
                .formatted(
                    Pattern.quote(method.name()),
                    Pattern.quote(parameter.name()),
                    Pattern.quote(parameter.defaultValue().orElse("-")),
                    Pattern.quote(parameter.range()));
        assertTrue(Pattern.compile(row).matcher(out.toString()).find(), row);
        parameters++;
      }
    }
    // pair with its two sides; two headers, two rules and a blank line.
    assertEquals(
        Methods.STANDARD.methods().size() + 1 + parameters + 2 + 5, out.toString().lines().count());
    assertTrue(
        line("aqua ").matches("aqua +cross-layer +calibration +paper +Shutova et al. 2025.*"));
    assertTrue(line("shadowkv ").matches("shadowkv +selector +queries +variant .*"));
    assertTrue(line("streaming ").matches("streaming +selector +- +variant .*"));
    assertTrue(line("random ").matches("random +selector, control +- +paper +- .*"));
    assertTrue(line("hadamard ").matches("hadamard +transform +- +variant .*"));
    assertTrue(line("pair ").matches("pair +combination +- +variant +- +one method for keys.*"));
    assertTrue(line("external ").matches("external +external +external dataset +declared .*"));
  }

  @Test
  void oneInFull() {
    assertEquals(0, run("methods", "svdq"), err::toString);
    assertTrue(out.toString().startsWith("svdq: SVD latent channels"), out::toString);
    assertEquals("example     svdq(bits=1.25)", line("example"));
    assertTrue(line("paper").contains("410x Key Cache"), out::toString);
    assertTrue(line("deviations").contains("midpoint levels"), out::toString);
    assertTrue(line("group ").endsWith("tokens that share a range; 0 = the whole prompt"));
  }

  @Test
  void aPairIsListedAsACombination() {
    assertEquals(0, run("methods", "pair"), err::toString);
    assertEquals("stage       combination", line("stage"));
    assertEquals("example     pair(key=svdq(bits=1.25),value=kivi(bits=4))", line("example"));
  }

  @Test
  void bibtexHasEachPaperOnce() {
    assertEquals(0, run("methods", "--bibtex"), err::toString);
    List<String> ids =
        Methods.STANDARD.methods().stream()
            .flatMap(method -> method.papers().stream())
            .map(paper -> "  eprint = {" + paper.arxiv() + "},")
            .distinct()
            .toList();
    assertEquals(ids, out.toString().lines().filter(l -> l.startsWith("  eprint")).toList());
    List<String> keys = out.toString().lines().filter(l -> l.startsWith("@")).toList();
    assertEquals(keys.size(), keys.stream().distinct().count());
    out.getBuffer().setLength(0);
    assertEquals(0, run("methods", "streaming", "--bibtex"));
    assertEquals(
        """
        @misc{xiao2023efficient,
          title = {{Efficient Streaming Language Models with Attention Sinks}},
          author = {Xiao, Guangxuan and Tian, Yuandong and Chen, Beidi and Han, Song and Lewis, Mike},
          year = {2023},
          eprint = {2309.17453},
          archivePrefix = {arXiv}
        }
        """,
        out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, run("methods", "rtn", "--bibtex"));
    assertEquals("", out.toString());
    assertEquals("kvsweep: rtn comes from no paper to cite\n", err.toString());
  }

  @Test
  void json() throws Exception {
    assertEquals(0, run("methods", "--json"), err::toString);
    JsonNode all = new ObjectMapper().readTree(out.toString());
    assertEquals(Methods.STANDARD.methods().size() + 1, all.size());
    assertEquals("combination", all.get(all.size() - 1).get("stage").textValue());
    JsonNode kivi = all.get(2);
    assertEquals("kivi", kivi.get("name").textValue());
    assertTrue(kivi.at("/parameters/0/default_value").isNull());
    assertEquals("32", kivi.at("/parameters/1/default_value").textValue());
    assertEquals("2402.02750", kivi.at("/papers/0/arxiv").textValue());
    out.getBuffer().setLength(0);
    assertEquals(0, run("methods", "kivi", "--json"));
    assertEquals(kivi, new ObjectMapper().readTree(out.toString()).get(0));
  }

  @Test
  void badUsage() {
    assertEquals(2, run("methods", "svd"));
    assertTrue(
        err.toString()
            .startsWith("kvsweep: unknown method 'svd': expected one of none, rtn, kivi,"),
        err::toString);
    err.getBuffer().setLength(0);
    assertEquals(2, run("methods", "--json", "--bibtex"));
    assertTrue(err.toString().contains("mutually exclusive"), err::toString);
    assertEquals(0, run("methods", "--help"));
    assertTrue(out.toString().contains("Usage: kvsweep methods"), out::toString);
  }
}
