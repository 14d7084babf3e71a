using Akka.Actor;
using AkkaKv.Protocol.PersistenceWire;
using Google.Protobuf;
using AkkaSerialization = Akka.Serialization.Serialization;

namespace AkkaKv.Protocol;

/// <summary>Objects of the application as bytes, by the serializers that its actor system binds to them.</summary>
internal sealed class PayloadCodec(ExtendedActorSystem system)
{
    /// <summary>Throws what the serializer throws.</summary>
    public Payload Encode(object payload)
    {
        var serializer = system.Serialization.FindSerializerFor(payload);
        // Actor references in it are written with this system's address, so that they can be resolved elsewhere.
        var bytes = AkkaSerialization.WithTransport(system, (serializer, payload), state => state.serializer.ToBinary(state.payload));
        return new Payload
        {
            SerializerId = serializer.Identifier,
            Manifest = AkkaSerialization.ManifestFor(serializer, payload),
            Data = UnsafeByteOperations.UnsafeWrap(bytes),
        };
    }

    /// <summary>Throws what the serializer throws, or if there is none with that number here.</summary>
    public object Decode(Payload payload) =>
        system.Serialization.Deserialize(payload.Data.ToByteArray(), payload.SerializerId, payload.Manifest);
}
