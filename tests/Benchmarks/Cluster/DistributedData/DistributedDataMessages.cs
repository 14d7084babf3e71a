using System.Buffers.Binary;
using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace AkkaKv.Benchmarks;

/// <summary>What the driver asks a node of Akka.DistributedData, which has no door for those outside its cluster.</summary>
internal abstract record DataMessage(long Number);

/// <summary>Puts a value.</summary>
/// <param name="Number">Comes back with the answer.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <param name="Copies">Nodes that have it before the answer: 1 this one, 2 a majority, 3 all.</param>
internal sealed record DataPut(long Number, string Key, byte[] Value, byte Copies) : DataMessage(Number);

/// <summary>Reads a key.</summary>
/// <param name="Number">Comes back with the answer.</param>
/// <param name="Key">The key.</param>
/// <param name="Copies">Nodes that are asked: 1 this one, 2 a majority, 3 all.</param>
internal sealed record DataGet(long Number, string Key, byte Copies) : DataMessage(Number);

/// <summary>What became of it.</summary>
/// <param name="Number">Of the question.</param>
/// <param name="Value">What a read found.</param>
/// <param name="Failure">Its kind; empty if it was done.</param>
internal sealed record DataAnswer(long Number, byte[] Value, string Failure) : DataMessage(Number);

/// <summary>
/// A few bytes around key and value. What Akka takes by itself is JSON: the column would be about that then, and not about the data.
/// </summary>
internal sealed class DataMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string PutManifest = "p";
    private const string GetManifest = "g";
    private const string AnswerManifest = "a";

    /// <summary>The number, the copies, the length of the text.</summary>
    private const int HeadBytes = sizeof(long) + 2;

    public override int Identifier => 4712;

    public override string Manifest(object o) => o switch
    {
        DataPut => PutManifest,
        DataGet => GetManifest,
        DataAnswer => AnswerManifest,
        _ => throw new ArgumentException($"{o.GetType()} is none of these messages.", nameof(o)),
    };

    public override byte[] ToBinary(object obj) => obj switch
    {
        DataPut put => Bytes(put.Number, put.Copies, put.Key, put.Value),
        DataGet get => Bytes(get.Number, get.Copies, get.Key, []),
        DataAnswer answer => Bytes(answer.Number, 0, answer.Failure, answer.Value),
        _ => throw new ArgumentException($"{obj.GetType()} is none of these messages.", nameof(obj)),
    };

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var (number, copies, textBytes) = (BinaryPrimitives.ReadInt64LittleEndian(bytes), bytes[sizeof(long)], bytes[sizeof(long) + 1]);
        var text = Encoding.ASCII.GetString(bytes, HeadBytes, textBytes);
        return manifest switch
        {
            PutManifest => new DataPut(number, text, bytes[(HeadBytes + textBytes)..], copies),
            GetManifest => new DataGet(number, text, copies),
            AnswerManifest => new DataAnswer(number, bytes[(HeadBytes + textBytes)..], text),
            _ => throw new ArgumentException($"There is no message '{manifest}'.", nameof(manifest)),
        };
    }

    /// <summary>Makes an actor system use it.</summary>
    public static void AddTo(ActorSystem system)
    {
        var serializer = new DataMessageSerializer((ExtendedActorSystem)system);
        system.Serialization.AddSerializer("benchmark-data", serializer);
        system.Serialization.AddSerializationMap(typeof(DataMessage), serializer);
    }

    private static byte[] Bytes(long number, byte copies, string text, byte[] value)
    {
        var bytes = new byte[HeadBytes + text.Length + value.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        bytes[sizeof(long)] = copies;
        bytes[sizeof(long) + 1] = checked((byte)text.Length);
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(HeadBytes));
        value.CopyTo(bytes.AsSpan(HeadBytes + text.Length));
        return bytes;
    }
}
