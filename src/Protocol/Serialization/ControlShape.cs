using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.Serialization;

namespace AkkaKv.Protocol;

/// <summary>
/// Checks that bytes are one object of a closed set of types, before anybody makes an object of them: every field present, of its
/// declared type, not null, of a length that is there, and nothing behind the last.
/// </summary>
/// <remarks>
/// What Hyperion writes for a known type: 254, its number (2 bytes, little endian), then its fields in the ordinal order of their names,
/// each as a manifest byte and a value. Types whose fields are known types nest as deep as their declarations and no deeper.
/// </remarks>
internal sealed class ControlShape
{
    private const byte KnownTypeManifest = 254;
    private const byte LongStringMark = 255;

    private readonly Dictionary<Type, (ushort Number, Type[] Fields)> _types;

    /// <summary>The shape of types, whose places are their numbers.</summary>
    public ControlShape(IReadOnlyList<Type> types) => _types = types
        .Select((type, number) => (type, number))
        .ToDictionary(known => known.type, known => ((ushort)known.number, FieldsOf(known.type)));

    /// <summary>Throws <see cref="SerializationException"/> unless the bytes are one of the types, and that is a message.</summary>
    public void Check(ReadOnlySpan<byte> bytes)
    {
        var number = bytes.Length >= 3 && bytes[0] == KnownTypeManifest ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]) : -1;
        var type = _types.FirstOrDefault(known => known.Value.Number == number).Key ?? throw Refused("a type that is not listed");
        if (!type.IsAssignableTo(typeof(IControlMessage))) throw Refused($"a {type.Name}, which is no message");
        var rest = bytes;
        Skip(ref rest, type);
        if (!rest.IsEmpty) throw Refused($"{rest.Length} bytes behind the {type.Name}");
    }

    private static Type[] FieldsOf(Type type) =>
    [
        .. type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => field.FieldType),
    ];

    private void Skip(ref ReadOnlySpan<byte> rest, Type type)
    {
        if (_types.TryGetValue(type, out var known))
        {
            Expect(ref rest, KnownTypeManifest, type);
            if (BinaryPrimitives.ReadUInt16LittleEndian(Take(ref rest, 2)) != known.Number) throw Refused($"something else than a {type.Name}");
            foreach (var field in known.Fields) Skip(ref rest, field);
        }
        else if (type == typeof(string))
        {
            Expect(ref rest, 7, type);
            var mark = Take(ref rest, 1)[0];
            if (mark == 0) throw Refused("a null");
            Take(ref rest, mark == LongStringMark ? BinaryPrimitives.ReadInt32LittleEndian(Take(ref rest, 4)) : mark - 1);
        }
        else if (type == typeof(byte[]))
        {
            Expect(ref rest, 9, type);
            Take(ref rest, BinaryPrimitives.ReadInt32LittleEndian(Take(ref rest, 4)));
        }
        else
        {
            var (manifest, length) = type == typeof(ulong) ? (19, 8)
                : type == typeof(long) ? (2, 8)
                : type == typeof(int) ? (8, 4)
                : type == typeof(bool) ? (6, 1)
                : throw new NotSupportedException($"Control messages have no fields of type {type}.");
            Expect(ref rest, (byte)manifest, type);
            Take(ref rest, length);
        }
    }

    private static void Expect(ref ReadOnlySpan<byte> rest, byte manifest, Type type)
    {
        if (Take(ref rest, 1)[0] != manifest) throw Refused($"something else than a {type.Name}");
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int length)
    {
        if (length < 0 || length > rest.Length) throw Refused("less than it announces");
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static SerializationException Refused(string what) => new($"The bytes hold {what}; a control message was refused.");
}
