/** Fits what calibrated methods need of a model, on Spark, and keeps it in a folder. */
package io.kvsweep.jobs.calibrate;
