package io.kvsweep.udfs.testkit;

import java.util.Random;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/**
 * Gives tests a seeded {@link Random} parameter and prints the seed when one fails. Another seed:
 * {@code mvn test -Dkvsweep.seed=7}.
 */
public final class Seeds implements ParameterResolver, TestExecutionExceptionHandler {
  private static final long SEED = Long.getLong("kvsweep.seed", 20250401L);

  /** A generator at the start of its sequence, the same in every run with the same seed. */
  public static Random random() {
    return new Random(SEED);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Random.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return random();
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    if (failure instanceof TestAbortedException) {
      throw failure; // skipped
    }
    System.err.println("repeat " + context.getDisplayName() + " with -Dkvsweep.seed=" + SEED);
    throw failure;
  }
}
