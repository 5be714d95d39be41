package io.kvsweep.udfs.testkit;

import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.MethodSpec;
import java.util.List;

/** Specifications that together reach every method and every parameter of the registry. */
public final class Specs {
  private static final List<String> GRIDS =
      List.of(
          "none(dtype=[captured,f16,bf16,f32])",
          "rtn(bits=[1,2,3,4,5,6,7,8])",
          "rtn(bits=[2,3,4,5,6,7,8],symmetric=true,axis=channel)",
          "rtn(bits=3,axis=[token,channel],group=[0,7,32,2147483647],rope=[pre,post])",
          "kivi(bits=[1,2,3,4,5,6,7,8])",
          "kivi(bits=2,group=[2,32],residual=[0,64],rope=[pre,post])",
          "kivi(bits=4,group=2147483647)",
          "kivi(bits=3,group=32,residual=1073741824)",
          "svdq(bits=[1.25,2,2.25,3,4])",
          "svdq(bits=2,group=[0,7,128,2147483647],levels=[midpoints,endpoints],heads=[joint,separate])",
          "svdq(schedule=[0-0-0-0-0-0-0-0,8-7-6-5-4-3-2-1,1-1-1-1-1-1-1-1])",
          "svdq(bits=[auto:1.25,auto:3],heads=[joint,separate])",
          "svdq(effective_bits=[14,15.5],group=0)",
          "svdq(bits=2,tail=[exact:3,frozen:1,exact:1000000])",
          "svdq(bits=auto:2,tail=[exact:5,frozen:1],heads=separate)",
          "decoquant(bits=[2,4,8],variant=a,inner=[2,8],rope=[pre,post],block=[0,30])",
          "decoquant(bits=[2,4,8],variant=b,block=[0,30])",
          "higgs(bits=[2,3,4],group=[auto,8],signs=[false,true])",
          "higgs(bits=2,dim=4,rope=[pre,post])",
          "hadamard(signs=[false,true]) | rtn(bits=[1,4],rope=[pre,post])",
          "hadamard | svdq(bits=2)");
  private static final List<String> ALL =
      GRIDS.stream()
          .flatMap(grid -> Methods.STANDARD.expand(grid).stream())
          .map(MethodSpec::key)
          .distinct()
          .toList();

  private Specs() {}

  /** Canonical forms. */
  public static List<String> all() {
    return ALL;
  }
}
