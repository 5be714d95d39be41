/**
 * What the papers claim, held against what an output folder and the codecs tell. A claim's rule is
 * written down before its evidence is looked at, and every rule can come out either way.
 */
package io.kvsweep.jobs.claims;
