using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PolyCopy.Modules.Signing;

/// <summary>bitcoin-core's libsecp256k1, with its recovery module, when the machine has it.</summary>
/// <remarks>Names: include/secp256k1.h and secp256k1_recovery.h, unchanged from 0.2 to 0.7. A context is only read after it was made, so threads may share it.</remarks>
internal sealed unsafe class NativeCurve : ICurve
{
    private const uint ContextNone = 1;
    private const uint Uncompressed = 2;
    private const int OpaqueSize = 65; // the larger of the opaque signature (65) and public key (64)

    // No bare "libsecp256k1.so.0": its contexts need other flags and Debian stopped shipping it in 2023.
    private static readonly string[] Names = ["libsecp256k1.so.1", "libsecp256k1.so.2", "libsecp256k1.so.5", "libsecp256k1.so.6", "libsecp256k1"];

    private readonly void* _context;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, void*, void*, int> _sign;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, int*, byte*, int> _serializeSignature;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, int, int> _parseSignature;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, int> _recover;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, int> _createKey;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, nuint*, byte*, uint, int> _serializeKey;

    private NativeCurve(nint library)
    {
        _sign = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, void*, void*, int>)NativeLibrary.GetExport(library, "secp256k1_ecdsa_sign_recoverable");
        _serializeSignature = (delegate* unmanaged[Cdecl]<void*, byte*, int*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_ecdsa_recoverable_signature_serialize_compact");
        _parseSignature = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, int, int>)NativeLibrary.GetExport(library, "secp256k1_ecdsa_recoverable_signature_parse_compact");
        _recover = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_ecdsa_recover");
        _createKey = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_ec_pubkey_create");
        _serializeKey = (delegate* unmanaged[Cdecl]<void*, byte*, nuint*, byte*, uint, int>)NativeLibrary.GetExport(library, "secp256k1_ec_pubkey_serialize");
        var create = (delegate* unmanaged[Cdecl]<uint, void*>)NativeLibrary.GetExport(library, "secp256k1_context_create");
        var randomize = (delegate* unmanaged[Cdecl]<void*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_context_randomize");

        _context = create(ContextNone);
        var seed = stackalloc byte[32];
        RandomNumberGenerator.Fill(new Span<byte>(seed, 32));
        if (randomize(_context, seed) != 1)
            throw new CryptographicException("libsecp256k1 refused its context.");
        CryptographicOperations.ZeroMemory(new Span<byte>(seed, 32));
    }

    public string Name => "libsecp256k1";

    /// <summary>The library, or null when it is absent, lacks a function, or disagrees with the managed curve.</summary>
    public static NativeCurve? TryLoad()
    {
        foreach (var name in Names)
        {
            if (!NativeLibrary.TryLoad(name, out var library))
                continue;
            try
            {
                var curve = new NativeCurve(library);
                if (curve.AgreesWith(BouncyCastleCurve.Instance))
                    return curve;
            }
            catch (Exception e) when (e is EntryPointNotFoundException or CryptographicException)
            {
                // Built without the recovery module, or not the library we know: the managed curve serves.
            }
        }

        return null;
    }

    public Signature Sign(in Bytes32 digest, ReadOnlySpan<byte> privateKey)
    {
        CurveOrder.RequireKey(privateKey);
        Span<byte> message = stackalloc byte[32];
        CurveOrder.Reduce(digest, message); // older releases feed the unreduced digest to RFC 6979
        Span<byte> opaque = stackalloc byte[OpaqueSize];
        Span<byte> compact = stackalloc byte[64];
        var recovery = 0;
        bool ok;
        fixed (byte* m = message, o = opaque, c = compact, key = privateKey)
            ok = _sign(_context, o, m, key, null, null) == 1 && _serializeSignature(_context, c, &recovery, o) == 1;
        if (!ok || recovery is not (0 or 1))
            throw new CryptographicException("libsecp256k1 could not sign.");
        return new Signature(new Bytes32(compact[..32]), new Bytes32(compact[32..]), (byte)(27 + recovery));
    }

    public void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        CurveOrder.RequireKey(privateKey);
        Span<byte> opaque = stackalloc byte[OpaqueSize];
        bool ok;
        fixed (byte* o = opaque, key = privateKey)
            ok = _createKey(_context, o, key) == 1;
        if (!ok)
            throw new CryptographicException("libsecp256k1 could not make the public key.");
        Serialize(opaque, publicKey);
    }

    public bool TryRecover(in Bytes32 digest, in Signature signature, Span<byte> publicKey)
    {
        Span<byte> message = stackalloc byte[32];
        digest.CopyTo(message);
        Span<byte> compact = stackalloc byte[64];
        signature.R.CopyTo(compact);
        signature.S.CopyTo(compact[32..]);
        Span<byte> parsed = stackalloc byte[OpaqueSize];
        Span<byte> opaque = stackalloc byte[OpaqueSize];
        bool ok;
        fixed (byte* m = message, c = compact, p = parsed, o = opaque)
            ok = _parseSignature(_context, p, c, signature.V - 27) == 1 && _recover(_context, o, p, m) == 1;
        if (ok)
            Serialize(opaque, publicKey);
        return ok;
    }

    private void Serialize(ReadOnlySpan<byte> opaque, Span<byte> publicKey)
    {
        Span<byte> encoded = stackalloc byte[1 + Secp256k1.PublicKeySize];
        var length = (nuint)encoded.Length;
        fixed (byte* o = opaque, e = encoded)
            _ = _serializeKey(_context, e, &length, o, Uncompressed);
        encoded[1..].CopyTo(publicKey);
    }

    private bool AgreesWith(ICurve other)
    {
        Span<byte> key = stackalloc byte[Secp256k1.KeySize];
        Keccak.Hash("self-test key"u8, key);
        var digest = Keccak.Hash("self-test digest"u8);
        return Sign(digest, key) == other.Sign(digest, key);
    }
}
