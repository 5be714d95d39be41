/** What the registry of methods says of itself, for people, programs and bibliographies. */
package io.kvsweep.jobs.methods;
