package io.kvsweep.jobs.config;

import org.yaml.snakeyaml.error.Mark;

/**
 * Where settings come from: a file, or one option of the command line, which has no lines.
 *
 * @param label path of the file as given, or the option
 * @param isFile whether places have line and column, and paths are relative to the file
 */
record Source(String label, boolean isFile) {

  String place(Mark mark) {
    return isFile && mark != null ? at(mark.getLine(), mark.getColumn()) : label;
  }

  /** Place from SnakeYAML's zero-based coordinates. */
  String at(int line, int column) {
    return label + ":" + (line + 1) + ":" + (column + 1);
  }
}
