using System.Globalization;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace AkkaKv.Protocol;

/// <summary>
/// Akka's door to <see cref="ProtocolCodec"/>. The manifest is the message kind's number, so that an envelope stays small and a renamed
/// type stays readable.
/// </summary>
public sealed class ProtocolSerializer : SerializerWithStringManifest
{
    /// <summary>The serializer's number on the wire; Akka keeps those up to 100 for itself.</summary>
    public const int SerializerId = 4711;

    /// <summary>Called by Akka.</summary>
    public ProtocolSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => SerializerId;

    /// <inheritdoc/>
    public override string Manifest(object o) => ((int)ProtocolCodec.KindOf(Message(o))).ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => ProtocolCodec.Encode(Message(obj));

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!int.TryParse(manifest, NumberStyles.None, CultureInfo.InvariantCulture, out var kind))
            throw new SerializationException($"'{manifest}' is no manifest of the AkkaKv protocol.");
        try
        {
            return ProtocolCodec.Decode((MessageKind)kind, bytes);
        }
        catch (InvalidDataException e)
        {
            throw new SerializationException(e.Message, e);
        }
    }

    private static IProtocolMessage Message(object o) =>
        o as IProtocolMessage ?? throw new SerializationException($"{o.GetType()} is no message of the AkkaKv protocol.");
}
