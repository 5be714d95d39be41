package io.kvsweep.jobs.report.page;

import java.util.List;
import java.util.TreeSet;
import org.apache.spark.sql.Row;

/**
 * What was measured, in numbers; also on models that the page has no room for.
 *
 * @param cells (method, model, prompt, layer)
 * @param failed of these
 * @param leastTokens of a prompt; null where all failed
 * @param headLines lines of {@link ResultDetails#heads}, at most
 */
record Counts(
    long cells,
    long failed,
    List<String> models,
    List<String> prompts,
    List<Integer> layers,
    Integer leastTokens,
    Integer mostTokens,
    long headLines) {

  /**
   * @param groups rows of {@link ResultDetails#groups}
   */
  static Counts of(List<Row> groups) {
    long cells = 0;
    long measured = 0;
    long headLines = 0;
    TreeSet<String> models = new TreeSet<>();
    TreeSet<String> prompts = new TreeSet<>();
    TreeSet<Integer> layers = new TreeSet<>();
    TreeSet<Integer> tokens = new TreeSet<>();
    for (Row group : groups) {
      cells += group.<Long>getAs("n");
      measured += group.<Long>getAs("measured");
      headLines += group.<Long>getAs("head_lines");
      models.add(group.getAs("model"));
      prompts.addAll(Rows.list(group, "prompts"));
      layers.addAll(Rows.list(group, "layers"));
      if (group.getAs("least_tokens") != null) {
        tokens.add(group.<Integer>getAs("least_tokens"));
        tokens.add(group.<Integer>getAs("most_tokens"));
      }
    }
    return new Counts(
        cells,
        cells - measured,
        List.copyOf(models),
        List.copyOf(prompts),
        List.copyOf(layers),
        tokens.isEmpty() ? null : tokens.first(),
        tokens.isEmpty() ? null : tokens.last(),
        headLines);
  }
}
