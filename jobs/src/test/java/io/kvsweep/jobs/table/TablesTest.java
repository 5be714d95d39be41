package io.kvsweep.jobs.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TablesTest {
  private record Line(String name, Integer count, Double value) {}

  private static final List<Column<Line>> COLUMNS =
      List.of(
          Column.ofString("name", Line::name),
          Column.ofInt("count", Line::count),
          Column.ofDouble("value", Line::value));

  private final Locale before = Locale.getDefault();

  @AfterEach
  void restoreLocale() {
    Locale.setDefault(before);
  }

  private static String csv(Line... lines) {
    return new String(CsvTable.write(COLUMNS, List.of(lines)), StandardCharsets.UTF_8);
  }

  @Test
  void csvQuotesWhatNeedsIt() {
    assertEquals(
        "name,count,value\n\"rtn(bits=2,axis=token)\",1,\n\"a \"\"b\"\"\",,0.5\n\"x\ny\",2,1.0E-20\nplain,3,NaN\n",
        csv(
            new Line("rtn(bits=2,axis=token)", 1, null),
            new Line("a \"b\"", null, 0.5),
            new Line("x\ny", 2, 1e-20),
            new Line("plain", 3, Double.NaN)));
  }

  @Test
  void csvHasAllDigitsInAnyLocale() {
    Locale.setDefault(Locale.GERMANY);
    double value = 0.1 + 0.2;
    assertEquals(
        "name,count,value\nx,1000000,0.30000000000000004\n", csv(new Line("x", 1000000, value)));
  }

  @Test
  void textIsAligned() {
    Locale.setDefault(Locale.GERMANY);
    TextTable table = new TextTable(List.of("method", "bits", "nmse"), 1);
    table.row(List.of("svdq(bits=1.25)", "1.25", TextTable.number(0.0123456)));
    table.row(List.of("none", "16", TextTable.number(null)));
    assertEquals(
        """
        method           bits     nmse
        ---------------  ----  -------
        svdq(bits=1.25)  1.25  0.01235
        none               16        -
        """,
        table.toString());
    assertEquals(
        "expected 3 cells, got 1",
        assertThrows(IllegalArgumentException.class, () -> table.row(List.of("x"))).getMessage());
  }

  @Test
  void numbersHaveFourDigits() {
    List<Double> values = Arrays.asList(0.0, 1.0, 12.3456, 123456.7, 0.98765, 1.5e-7, 2e9, null);
    assertEquals(
        List.of("0", "1.000", "12.35", "123457", "0.9877", "1.500e-07", "2.000e+09", "-"),
        values.stream().map(TextTable::number).toList());
  }

  @Test
  void markdownEscapesWhatMeansSomething() {
    Locale.setDefault(Locale.GERMANY);
    Line[] lines = {
      new Line("hadamard | rtn(bits=*)", 1, 0.0123456), new Line("a\\b `c`\n<d>", null, null)
    };
    assertEquals(
        """
        # per \\| layer

        | name | count | value |
        | --- | ---: | ---: |
        | hadamard \\| rtn(bits=\\*) | 1 | 0.01235 |
        | a\\\\b \\`c\\` \\<d> | - | - |
        """,
        new String(
            MarkdownTable.write("per | layer", COLUMNS, List.of(lines)), StandardCharsets.UTF_8));
  }

  @Test
  void curvesAreNamedWithoutTheirRate() {
    List<String> specs =
        List.of(
            "rtn(bits=2,axis=token,rope=pre)",
            "svdq(schedule=8-4-2-1-1-0-0-0,group=128)",
            "svdq(bits=auto:1.25,group=128)",
            "hadamard(signs=true) | rtn(bits=4,axis=token)",
            "none",
            "pair(key=svdq(bits=1.25,group=128),value=kivi(bits=4))");
    assertEquals(
        List.of(
            "rtn(bits=*,axis=token,rope=pre)",
            "svdq(schedule=*,group=128)",
            "svdq(bits=auto:*,group=128)",
            "hadamard(signs=true) | rtn(bits=*,axis=token)",
            "none",
            "pair(key=svdq(bits=1.25,group=128),value=kivi(bits=4))"),
        specs.stream().map(CurveName::of).toList());
  }
}
