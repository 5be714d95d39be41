/** What was calibrated once for a model: the envelope that all calibrated methods share. */
package io.kvsweep.udfs.artefact;
