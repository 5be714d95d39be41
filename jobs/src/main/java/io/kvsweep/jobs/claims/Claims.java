package io.kvsweep.jobs.claims;

import java.util.List;
import java.util.stream.Stream;

/** All claims, system by system. */
final class Claims {
  static final List<Claim> ALL =
      Stream.of(SvdqClaims.all(), AquaClaims.all(), DecoQuantClaims.all())
          .flatMap(List::stream)
          .toList();

  private Claims() {}
}
