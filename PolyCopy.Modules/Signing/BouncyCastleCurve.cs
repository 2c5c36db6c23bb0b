using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;
using Org.BouncyCastle.Math.EC.Multiplier;
using Org.BouncyCastle.Utilities;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace PolyCopy.Modules.Signing;

/// <summary>The managed curve. CustomNamedCurves is five times as fast as SecNamedCurves, and the comb table of G is made once.</summary>
internal sealed class BouncyCastleCurve : ICurve
{
    private const int CoordinateSize = 32;

    private readonly ECPoint _generator;
    private readonly BigInteger _order;
    private readonly BigInteger _halfOrder;
    private readonly BigInteger _fieldPrime;
    private readonly FixedPointCombMultiplier _comb = new();

    private BouncyCastleCurve()
    {
        var parameters = CustomNamedCurves.GetByName("secp256k1");
        _generator = parameters.G;
        _order = parameters.N;
        _halfOrder = _order.ShiftRight(1);
        _fieldPrime = parameters.Curve.Field.Characteristic;
        FixedPointUtilities.Precompute(_generator);
    }

    public static BouncyCastleCurve Instance { get; } = new();

    public string Name => "BouncyCastle";

    public Signature Sign(in Bytes32 digest, ReadOnlySpan<byte> privateKey)
    {
        CurveOrder.RequireKey(privateKey);
        Span<byte> secrets = stackalloc byte[2 * CoordinateSize + CoordinateSize];
        Span<byte> reduced = stackalloc byte[CoordinateSize];
        var nonce = secrets[(2 * CoordinateSize)..];
        try
        {
            CurveOrder.Reduce(digest, reduced);
            var z = new BigInteger(1, reduced);
            var d = new BigInteger(1, privateKey);
            var nonces = new DeterministicNonce(privateKey, reduced, secrets);
            while (true)
            {
                nonces.Next(nonce);
                if (!CurveOrder.IsValidKey(nonce))
                    continue;
                var k = new BigInteger(1, nonce);
                var point = _comb.Multiply(_generator, k).Normalize();
                var x = point.AffineXCoord.ToBigInteger();
                var r = x.Mod(_order);
                var s = BigIntegers.ModOddInverse(_order, k).Multiply(z.Add(r.Multiply(d))).Mod(_order);
                // x >= n cannot be expressed by v 27 or 28; like r = 0 and s = 0 it has odds of 2^-127.
                if (r.SignValue == 0 || s.SignValue == 0 || x.CompareTo(_order) >= 0)
                    continue;
                var odd = point.AffineYCoord.TestBitZero();
                if (s.CompareTo(_halfOrder) > 0)
                {
                    s = _order.Subtract(s);
                    odd = !odd;
                }

                return new Signature(ToBytes(r), ToBytes(s), (byte)(odd ? 28 : 27));
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    public void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        CurveOrder.RequireKey(privateKey);
        Write(_comb.Multiply(_generator, new BigInteger(1, privateKey)).Normalize(), publicKey);
    }

    public bool TryRecover(in Bytes32 digest, in Signature signature, Span<byte> publicKey)
    {
        Span<byte> bytes = stackalloc byte[CoordinateSize];
        signature.R.CopyTo(bytes);
        if (!CurveOrder.IsValidKey(bytes))
            return false;
        var r = new BigInteger(1, bytes);
        signature.S.CopyTo(bytes);
        if (!CurveOrder.IsValidKey(bytes))
            return false;
        var s = new BigInteger(1, bytes);
        CurveOrder.Reduce(digest, bytes);
        var z = new BigInteger(1, bytes);

        if (!TryDecompress(signature.R, odd: signature.V == 28, out var point))
            return false;
        var inverse = BigIntegers.ModOddInverse(_order, r);
        var u1 = _order.Subtract(z).Multiply(inverse).Mod(_order);
        var u2 = s.Multiply(inverse).Mod(_order);
        var key = ECAlgorithms.SumOfTwoMultiplies(_generator, u1, point, u2).Normalize();
        if (key.IsInfinity)
            return false;
        Write(key, publicKey);
        return true;
    }

    // The prime is 3 modulo 4, so the square root is one power; about half of all x have a point.
    private bool TryDecompress(in Bytes32 x, bool odd, out ECPoint point)
    {
        Span<byte> encoded = stackalloc byte[1 + CoordinateSize];
        encoded[0] = (byte)(odd ? 0x03 : 0x02);
        x.CopyTo(encoded[1..]);
        point = _generator.Curve.Infinity;
        if (new BigInteger(1, encoded[1..]).CompareTo(_fieldPrime) >= 0)
            return false;
        try
        {
            point = _generator.Curve.DecodePoint(encoded);
            return true;
        }
        catch (ArgumentException)
        {
            return false; // BouncyCastle's only way to say that x is not on the curve
        }
    }

    private static void Write(ECPoint point, Span<byte> publicKey)
    {
        BigIntegers.AsUnsignedByteArray(CoordinateSize, point.AffineXCoord.ToBigInteger()).CopyTo(publicKey);
        BigIntegers.AsUnsignedByteArray(CoordinateSize, point.AffineYCoord.ToBigInteger()).CopyTo(publicKey[CoordinateSize..]);
    }

    private static Bytes32 ToBytes(BigInteger value) => new(BigIntegers.AsUnsignedByteArray(CoordinateSize, value));
}
