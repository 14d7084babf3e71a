using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;
using CsCheck;
using Hyperion;

namespace AkkaKv.Protocol.Tests;

/// <summary>The control serializer, and ways around its list of types.</summary>
public class ControlSerializerTests(StrictSystem strict) : IClassFixture<StrictSystem>
{
    private static readonly RingQuery Query = new(new MemberCard("n1", 1, "localhost", 8101, "dc1", "r1", 1));

    private readonly ControlSerializer _serializer = (ControlSerializer)strict.Serialization.FindSerializerForType(typeof(IControlMessage));

    public static TheoryData<Type> MessageTypes => [.. RandomMessages.TypesOf(typeof(IControlMessage))];

    [Theory]
    [MemberData(nameof(MessageTypes))]
    public void Every_control_message_survives_the_wire(Type type) => Gen.Int.Sample(
        seed =>
        {
            var message = RandomMessages.Of(type, new Random(seed));
            var serializer = Assert.IsType<ControlSerializer>(strict.Serialization.FindSerializerFor(message));
            var bytes = serializer.ToBinary(message);
            Assert.Equal(Structure.Of(message), Structure.Of(strict.Serialization.Deserialize(bytes, serializer.Identifier, "")));
        },
        iter: 100);

    [Fact]
    public void Long_texts_and_large_rings_survive_too()
    {
        var card = Query.Card with { Name = new string('é', 5_000) };
        var answer = new RingAnswer(card, [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)], int.MinValue);
        Assert.Equal(Structure.Of(answer), Structure.Of(_serializer.FromBinary(_serializer.ToBinary(answer), typeof(object))));
    }

    [Fact]
    public void A_type_outside_the_list_is_refused_on_sending()
    {
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new FileInfo("/etc/passwd")));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new List<object> { Query }));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(Query.Card));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new Stranger("x")));
    }

    [Fact]
    public void Whatever_another_Hyperion_wrote_is_refused_on_receiving()
    {
        AssertRefused(Foreign(new FileInfo("/tmp/x")));
        AssertRefused(Foreign(new List<object> { Query, new FileInfo("/tmp/x") }));
        AssertRefused(Foreign(new Stranger("x")));
        AssertRefused(Foreign(new object[] { 1, "two" }));
        AssertRefused(Foreign(new Dictionary<string, object> { ["a"] = Query }));
        AssertRefused(Foreign(new InvalidOperationException("x")));
        AssertRefused(Foreign((Action)Trap.Spring));
        AssertRefused(Foreign(typeof(FileInfo)));
        AssertRefused(Foreign("text"));
        AssertRefused(Foreign(Query));
    }

    /// <summary>By its full name, with or without versioned fields, at the top, in a field, and as the element of an array.</summary>
    [Fact]
    public void Nothing_of_a_planted_type_is_constructed()
    {
        foreach (var type in new[] { typeof(Planted), typeof(PlantedCollection) })
        {
            foreach (var name in NamesOf(type))
            {
                byte[] full = [255, .. Counted(name)];
                byte[] versioned = [251, .. Counted(name), 0];
                foreach (var manifest in new[] { full, versioned })
                {
                    AssertRefused([.. manifest, .. new byte[32]]);
                    AssertRefused([.. KnownType(2), .. manifest, .. new byte[32]]);
                    AssertRefused([252, .. manifest, 1, 0, 0, 0, .. new byte[32]]);
                    AssertRefused([.. KnownType(9), 252, .. manifest, 1, 0, 0, 0, .. new byte[32]]);
                }
            }
        }

        Assert.False(Trap.HasSprung);
    }

    [Fact]
    public void A_type_as_a_value_is_refused()
    {
        foreach (var name in NamesOf(typeof(Planted)))
        {
            byte[] value = [16, (byte)Math.Min(254, name.Length + 1), .. Encoding.UTF8.GetBytes(name)];
            AssertRefused(value);
            AssertRefused([.. KnownType(2), .. value]);
        }

        Assert.False(Trap.HasSprung);
    }

    [Fact]
    public void Lengths_that_are_not_there_are_refused_before_anything_is_allocated()
    {
        byte[] twoGigabytes = [0xFF, 0xFF, 0xFF, 0x7F];
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused([.. KnownType(9), 9, .. twoGigabytes]);
        AssertRefused([252, 1, .. twoGigabytes]);
        AssertRefused([252, 7, .. twoGigabytes]);
        AssertRefused([.. KnownType(2), .. KnownType(0), 7, 255, .. twoGigabytes]);
        AssertRefused([.. KnownType(9), 9, 0xFF, 0xFF, 0xFF, 0xFF]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    /// <summary>Every field may hold any object by Hyperion's rules, so a message could hold itself until the stack ends, and the process.</summary>
    [Fact]
    public void Messages_nested_in_messages_are_refused()
    {
        AssertRefused([.. Enumerable.Repeat(KnownType(2), 40_000).SelectMany(bytes => bytes)]);
        AssertRefused([.. Enumerable.Repeat((byte)252, 100_000)]);
    }

    [Fact]
    public void A_listed_type_that_is_no_message_is_refused() =>
        AssertRefused(_serializer.ToBinary(Query)[3..]);

    [Fact]
    public void A_message_with_a_missing_part_is_refused()
    {
        AssertRefused([.. KnownType(2), 0]);
        AssertRefused([.. KnownType(9), 0]);
        AssertRefused([]);
    }

    [Fact]
    public void Every_truncation_and_addition_is_refused()
    {
        var bytes = _serializer.ToBinary(Query);
        for (var length = 0; length < bytes.Length; length++) AssertRefused(bytes[..length]);
        AssertRefused([.. bytes, 0]);
    }

    [Fact]
    public void Garbage_and_damage_give_a_control_message_or_a_serialization_exception() =>
        Gen.Select(RandomMessages.Any<IControlMessage>(), Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Byte.Array[0, 60]).Sample(
            (message, at, damage, garbage) =>
            {
                var bytes = _serializer.ToBinary(message);
                bytes[at % bytes.Length] ^= damage;
                MessageOrRefusal(bytes);
                MessageOrRefusal(garbage);
                MessageOrRefusal([254, .. garbage]);
                return true;
            },
            iter: 5_000);

    private static byte[] KnownType(byte number) => [254, number, 0];

    private static byte[] Counted(string name)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, Encoding.UTF8.GetByteCount(name));
        return [.. length, .. Encoding.UTF8.GetBytes(name)];
    }

    private static string[] NamesOf(Type type) =>
        [type.AssemblyQualifiedName!, $"{type.FullName}, {type.Assembly.GetName().Name}", type.FullName!];

    /// <summary>What a Hyperion without any list makes of an object.</summary>
    private static byte[] Foreign(object value)
    {
        var hyperion = new Serializer(new SerializerOptions(
            versionTolerance: true, preserveObjectReferences: true, surrogates: [], serializerFactories: null, knownTypes: null,
            ignoreISerializable: true, packageNameOverrides: null, disallowUnsafeTypes: false, typeFilter: DisabledTypeFilter.Instance));
        using var stream = new MemoryStream();
        hyperion.Serialize(value, stream);
        return stream.ToArray();
    }

    private void AssertRefused(byte[] bytes) => Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, typeof(object)));

    private void MessageOrRefusal(byte[] bytes)
    {
        try
        {
            Assert.IsAssignableFrom<IControlMessage>(_serializer.FromBinary(bytes, typeof(object)));
        }
        catch (SerializationException)
        {
            // What it is meant to be.
        }
    }

    private sealed record Stranger(string Text) : IControlMessage;

    private static class Trap
    {
        public static bool HasSprung { get; set; }

        public static void Spring() => HasSprung = true;
    }

    /// <summary>Says when anything of it came to be, were it only the type.</summary>
    private sealed class Planted
    {
        static Planted() => Trap.HasSprung = true;

        public Planted() => Trap.HasSprung = true;

        public string Text
        {
            get => field ?? "";
            set
            {
                field = value;
                Trap.Spring();
            }
        }
    }

    private sealed class PlantedCollection : List<object>
    {
        static PlantedCollection() => Trap.HasSprung = true;

        public PlantedCollection() => Trap.HasSprung = true;
    }
}
