"""Operations that a capsule from anybody may name: numbers in, numbers out, and nothing else.

TensorFlow has others that look as harmless, which abort the process, map files into memory or call Python; so it is listed
what may be run, not what may not.
"""

from __future__ import annotations

_NAMES = """
Abs Acos Acosh Add AddN AddV2 AccumulateNV2 Asin Asinh Atan Atan2 Atanh Betainc BesselI0 BesselI0e BesselI1
BesselI1e BesselJ0 BesselJ1 BesselK0 BesselK0e BesselK1 BesselK1e BesselY0 BesselY1 Cast Ceil ClipByValue ComplexAbs
Cos Cosh Cross Dawsn Digamma Div DivNoNan Erf Erfc Erfinv Exp Expint Expm1 Floor FloorDiv FloorMod FresnelCos
FresnelSin Igamma IgammaGradA Igammac Inv InvGrad Lgamma Log Log1p Maximum Minimum Mod Mul MulNoNan Ndtri Neg
NextAfter Polygamma Pow RealDiv Reciprocal ReciprocalGrad Rint Round Rsqrt RsqrtGrad Sign Sin Sinh Spence Sqrt
SqrtGrad Square SquaredDifference Sub Tan Tanh TanhGrad TruncateDiv TruncateMod Xdivy Xlog1py Xlogy Zeta All Any
Cumprod Cumsum CumulativeLogsumexp EuclideanNorm L2Loss Max Mean Min Prod Sum SegmentMax SegmentMean SegmentMin
SegmentProd SegmentSum UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum
SparseSegmentMean SparseSegmentSqrtN SparseSegmentSum Elu EluGrad LeakyRelu LeakyReluGrad LogSoftmax Relu Relu6
Relu6Grad ReluGrad Selu SeluGrad Sigmoid SigmoidGrad Softmax Softplus SoftplusGrad Softsign SoftsignGrad
SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits CTCLoss CTCLossV2 BandedTriangularSolve
BatchMatMul BatchMatMulV2 BatchMatMulV3 Cholesky CholeskyGrad Einsum LogMatrixDeterminant MatMul MatrixDeterminant
MatrixInverse MatrixLogarithm MatrixSolve MatrixSolveLs MatrixSquareRoot MatrixTriangularSolve Qr SelfAdjointEigV2
SparseTensorDenseMatMul Svd TridiagonalMatMul TridiagonalSolve AvgPool AvgPool3D AvgPool3DGrad AvgPoolGrad BiasAdd
BiasAddGrad Conv2D Conv2DBackpropFilter Conv2DBackpropInput Conv3D Conv3DBackpropFilterV2 Conv3DBackpropInputV2
DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput Dilation2D
FusedBatchNorm FusedBatchNormGrad FusedBatchNormGradV2 FusedBatchNormGradV3 FusedBatchNormV2 FusedBatchNormV3 LRN
LRNGrad MaxPool MaxPool3D MaxPoolGrad FFT FFT2D FFT3D IFFT IFFT2D IFFT3D IRFFT IRFFT2D RFFT RFFT2D Concat ConcatV2
Gather GatherNd GatherV2 Identity Pack Select SelectV2 Transpose
"""
PURE = frozenset(_NAMES.split())
