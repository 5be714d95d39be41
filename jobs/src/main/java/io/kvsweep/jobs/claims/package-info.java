/**
 * What the papers claim, held against what an output folder and the codecs tell. A claim's rule is
 * written down before its evidence is looked at. What is measured can come out either way; what
 * follows from shapes or from a codec alone is arithmetic, comes out the same for any data, and
 * says so in its conditions.
 */
package io.kvsweep.jobs.claims;
