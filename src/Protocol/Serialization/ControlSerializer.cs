using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Hyperion;
using Serializer = Akka.Serialization.Serializer;

namespace AkkaKv.Protocol;

/// <summary>
/// Carries <see cref="IControlMessage"/>s with Hyperion, behind a list of the types that may be read: a type outside it is refused
/// before anything of it is constructed.
/// </summary>
/// <remarks>
/// Hyperion asks its filter for types that come by name only. Arrays of any length, types as values, and messages nested until the
/// stack ends do not come by name; so the bytes are checked against the shape of the listed types first (<see cref="ControlShape"/>), and
/// the filter stands behind that. Never used for what is kept on disk or sent often: that has a schema (<see cref="ProtocolSerializer"/>).
/// </remarks>
public sealed class ControlSerializer : Serializer
{
    /// <summary>The serializer's number on the wire; Akka keeps those up to 100 for itself.</summary>
    public const int SerializerId = 4712;

    /// <summary>The order of the types is their number on the wire: append only.</summary>
    private static Type[] KnownTypes { get; } =
    [
        typeof(MemberCard), typeof(Ballot), typeof(RingQuery), typeof(RingAnswer), typeof(RingPrepare), typeof(RingPromise),
        typeof(RingAccept), typeof(RingAccepted), typeof(RingReject), typeof(RingDecided),
    ];

    private static readonly ControlShape Shape = new(KnownTypes);

    private readonly Hyperion.Serializer _hyperion;

    /// <summary>Called by Akka.</summary>
    public ControlSerializer(ExtendedActorSystem system)
        : base(system)
    {
        _hyperion = new Hyperion.Serializer(new SerializerOptions(
            versionTolerance: true,
            preserveObjectReferences: false,
            surrogates: [],
            serializerFactories: null,
            knownTypes: KnownTypes,
            ignoreISerializable: true,
            packageNameOverrides: null,
            disallowUnsafeTypes: true,
            typeFilter: new AllowList()));
    }

    /// <inheritdoc/>
    public override int Identifier => SerializerId;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        if (obj is not IControlMessage || !KnownTypes.Contains(obj.GetType()))
            throw new SerializationException($"{obj.GetType()} is no control message.");
        using var stream = new MemoryStream();
        _hyperion.Serialize(obj, stream);
        return stream.ToArray();
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type)
    {
        try
        {
            Shape.Check(bytes);
            using var stream = new MemoryStream(bytes, writable: false);
            return _hyperion.Deserialize<object>(stream) as IControlMessage
                ?? throw new SerializationException("The bytes hold no control message.");
        }
        catch (Exception e) when (e is not SerializationException)
        {
            throw new SerializationException($"A control message was refused: {e.Message}", e);
        }
    }

    /// <summary>Asked with the assembly-qualified name of what is sent, and with the name in the bytes of what is received.</summary>
    private sealed class AllowList : ITypeFilter
    {
        private static readonly FrozenSet<string> Names =
            KnownTypes.Select(type => type.AssemblyQualifiedName!).ToFrozenSet();

        public bool IsAllowed(string typeName) => Names.Contains(typeName);
    }
}
