package io.kvsweep.jobs.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HtmlTest {
  @Test
  void textIsNeverMarkup() {
    assertEquals("&lt;a b=&quot;c&quot;&gt;&amp;&#39;", Html.text("<a b=\"c\">&'").markup());
    assertEquals(
        "<i title=\"&quot;&gt;\">&lt;b&gt;<b>x</b></i>",
        Html.of("<i title=\"{}\">{}{}</i>", "\">", "<b>", Html.of("<b>{}</b>", "x")).markup());
    // What a value holds is no place for the next one.
    assertEquals("{} y", Html.of("{} {}", "{}", "y").markup());
  }

  @Test
  void aPatternTakesAsManyValuesAsItHasPlaces() {
    String many =
        assertThrows(IllegalArgumentException.class, () -> Html.of("{}", 1, 2)).getMessage();
    assertEquals("more values than {} in: {}", many);
    String few =
        assertThrows(IllegalArgumentException.class, () -> Html.of("{} {}", 1)).getMessage();
    assertEquals("fewer values than {} in: {} {}", few);
  }

  @Test
  void dataCannotEndItsScript() throws Exception {
    Map<String, String> data = Map.of("x", "</script><!--\u2028&\"'\\" + Fixture.HOSTILE);
    String json = ScriptJson.of(data).markup();
    assertFalse(json.contains("<"), json);
    assertFalse(json.contains("\u2028"), json);
    assertEquals(data, new ObjectMapper().readValue(json, Map.class));
  }

  @Test
  void everyPlaceOfTheTemplateIsFilled() {
    String message =
        assertThrows(IllegalStateException.class, () -> PageTemplate.fill(Map.of())).getMessage();
    assertEquals("nothing for {{title}}", message);
  }

  @Test
  void numbersAsTheScriptWritesThem() {
    assertEquals("0.0130", Rows.error(0.0129999));
    assertEquals("8.40e-5", Rows.error(8.4e-5));
    assertEquals("0.000100", Rows.error(1e-4));
    assertEquals("1.00", Rows.error(0.9996));
    assertEquals("123", Rows.error(123.4));
    assertEquals("1230", Rows.error(1234.0));
    assertEquals("0", Rows.error(0.0));
    assertEquals("\u2013", Rows.error(null));
    assertEquals("\u2013", Rows.error(Double.NaN));
    assertEquals("2.02", Rows.bits(2.01709));
    assertEquals("0.5", Rows.text(0.5));
  }

  @Test
  void layersAreRanges() {
    assertEquals("0\u20132, 5, 7\u20138", Header.layers(List.of(0, 1, 2, 5, 7, 8)));
  }
}
